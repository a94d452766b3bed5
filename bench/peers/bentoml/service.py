import os

import bentoml

import models

MLP = models.WORKLOAD == "mlp"


@bentoml.service(
    workers=int(os.environ["WORKERS"]),
    logging={"access": {"enabled": False}},
)
class Predictor:
    def __init__(self):
        self.model = models.load()

    @bentoml.api(
        batchable=True,
        max_batch_size=int(os.environ["MAX_BATCH_SIZE"]),
        max_latency_ms=int(os.environ["MAX_LATENCY_MS"]),
    )
    def predict(self, inputs: list[list[float]] if MLP else list[str]) -> list[dict]:
        return self.model.predict(inputs)
