"""The models as every peer serves them: what differs between peers is only how a request comes to `predict`."""

import os

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

WORKLOAD = os.environ["WORKLOAD"]
FOLDER = os.environ["MODEL_FOLDER"]
INPUT = "features" if WORKLOAD == "mlp" else "text"


def load():
    return {"mlp": Mlp, "sentiment": Sentiment}.get(WORKLOAD, Embedding)()


def _session(file: str) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("THREADS", "1"))
    options.inter_op_num_threads = 1
    return ort.InferenceSession(f"{FOLDER}/{file}", options, ["CPUExecutionProvider"])


class Mlp:
    def __init__(self):
        self._session = _session("model.onnx")

    def predict(self, rows: list[list[float]]) -> list[dict]:
        return [{"scores": scores} for scores in self.run(np.array(rows, np.float32)).tolist()]

    def run(self, features: np.ndarray) -> np.ndarray:
        return self._session.run(None, {"features": features})[0]


class _TextModel:
    def __init__(self, file: str):
        self._session = _session(file)
        self._tokenizer = Tokenizer.from_file(f"{FOLDER}/tokenizer.json")
        # To the longest text of a batch, and not to the fixed length that some files ask for.
        self._tokenizer.enable_padding()

    def run(self, texts: list[str]) -> np.ndarray:
        encodings = self._tokenizer.encode_batch_fast(texts)
        ids = np.array([encoding.ids for encoding in encodings], np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], np.int64)
        return self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


class Embedding(_TextModel):
    """The graph pools and normalises."""

    def __init__(self):
        super().__init__("model_int8.onnx")

    def predict(self, texts: list[str]) -> list[dict]:
        return [{"embedding": embedding} for embedding in self.run(texts).tolist()]


class Sentiment(_TextModel):
    labels = ("negative", "neutral", "positive")

    def __init__(self):
        super().__init__("model.onnx")

    def predict(self, texts: list[str]) -> list[dict]:
        logits = self.run(texts)
        exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
        rows = exponents / exponents.sum(axis=1, keepdims=True)
        return [{"label": self.labels[row.argmax()], "score": float(row.max())} for row in rows]
