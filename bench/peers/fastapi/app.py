from fastapi import FastAPI
from pydantic import BaseModel

import models


class Features(BaseModel):
    features: list[float]


class Scores(BaseModel):
    scores: list[float]


class Text(BaseModel):
    text: str


class Embedding(BaseModel):
    embedding: list[float]


class Sentiment(BaseModel):
    label: str
    score: float


app = FastAPI()
model = models.load()

# A return type is serialised by pydantic in Rust, which FastAPI's docs call the fastest way.
if models.WORKLOAD == "mlp":

    @app.post("/predict")
    async def predict(body: Features) -> Scores:
        return model.predict([body.features])[0]

elif models.WORKLOAD == "sentiment":

    @app.post("/predict")
    async def predict(body: Text) -> Sentiment:
        return model.predict([body.text])[0]

else:

    @app.post("/predict")
    async def predict(body: Text) -> Embedding:
        return model.predict([body.text])[0]
