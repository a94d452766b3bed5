import os
import signal

import ray
from ray import serve
from starlette.requests import Request

import models


@serve.deployment(
    num_replicas=int(os.environ["WORKERS"]),
    max_ongoing_requests=int(os.environ["MAX_ONGOING_REQUESTS"]),
    # By default each replica asks for a core of its own, and there may be fewer cores than replicas.
    ray_actor_options={"num_cpus": 0},
)
class Predictor:
    def __init__(self):
        self.model = models.load()

    @serve.batch(
        max_batch_size=int(os.environ["MAX_BATCH_SIZE"]),
        batch_wait_timeout_s=float(os.environ["BATCH_WAIT_TIMEOUT_S"]),
    )
    async def predict(self, inputs: list) -> list[dict]:
        return self.model.predict(inputs)

    async def __call__(self, request: Request) -> dict:
        return await self.predict((await request.json())[models.INPUT])


if __name__ == "__main__":
    # Before anything is started, so that it is ended whenever the signal comes.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    ray.init(include_dashboard=False, _temp_dir=os.environ["RAY_TMPDIR"])
    serve.start(
        http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])},
        logging_config={"enable_access_log": False},
    )
    serve.run(Predictor.bind(), route_prefix="/predict")
    signal.sigwait([signal.SIGTERM])
    serve.shutdown()
    ray.shutdown()
