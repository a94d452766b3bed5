import asyncio
import os

import grpc
import numpy as np
from flotilla.v1.prediction_pb2 import Classification, Embedding, PredictResponse, Result, Tensor, Tensors
from flotilla.v1.prediction_pb2_grpc import PredictionServiceServicer, add_PredictionServiceServicer_to_server

import models

PORT = os.environ["PORT"]
model = models.load()


def scores(request) -> Result:
    tensor = request.tensors.inputs["features"]
    features = np.frombuffer(tensor.raw, np.float32).reshape(tensor.shape)
    answer = model.run(features)
    output = Tensor(datatype="FP32", shape=answer.shape, raw=answer.tobytes())
    return Result(outputs=Tensors(inputs={"scores": output}))


def classification(request) -> Result:
    return Result(classification=Classification(**model.predict([request.text])[0]))


def embedding(request) -> Result:
    return Result(embedding=Embedding(values=model.run([request.text])[0]))


answer = {"mlp": scores, "sentiment": classification}.get(models.WORKLOAD, embedding)


class PredictionService(PredictionServiceServicer):
    async def Predict(self, request, context):
        return PredictResponse(server_id=PORT, model=models.WORKLOAD, version="1", result=answer(request))


async def serve():
    server = grpc.aio.server()
    add_PredictionServiceServicer_to_server(PredictionService(), server)
    server.add_insecure_port(f"127.0.0.1:{PORT}")
    await server.start()
    await server.wait_for_termination()


asyncio.run(serve())
