from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

import models


class Runtime(MLModel):
    async def load(self) -> bool:
        self.model = models.load()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        codec = NumpyCodec if models.WORKLOAD == "mlp" else StringCodec
        answers = self.model.run(self.decode(payload.inputs[0], default_codec=codec))
        name = "scores" if models.WORKLOAD == "mlp" else "embedding"
        return InferenceResponse(
            model_name=self.name, outputs=[NumpyCodec.encode_output(name, answers)]
        )
