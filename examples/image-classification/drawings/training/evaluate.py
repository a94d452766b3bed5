"""Prints the model card's figures: accuracy on pictures that training did not see, and what is taken for what."""

import numpy as np
import onnxruntime

from drawing import LABELS
from pictures import FOLDER, samples

PICTURES = 2_000


def scores(images: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(FOLDER / "model.onnx"), options)
    return session.run(["scores"], {"pixels": images})[0]


def report() -> None:
    images, labels = samples("held out", PICTURES)
    order = scores(images).argsort(axis=1)[:, ::-1]
    print(f"held out: {(order[:, 0] == labels).mean():.1%} of {PICTURES}")
    confusion = np.zeros((len(LABELS), len(LABELS)), int)
    np.add.at(confusion, (labels, order[:, 0]), 1)
    for label, row in zip(LABELS, confusion):
        wrong = {LABELS[i]: int(n) for i, n in enumerate(row) if n > 0 and LABELS[i] != label}
        print(f"  {label}: {row[LABELS.index(label)] / row.sum():.1%}, else taken for {wrong}")

    images, labels = samples("outlines", PICTURES, outline_only=True)
    right = (scores(images).argmax(axis=1) == labels).mean()
    print(f"drawn in outline only, as none in training is: {right:.1%} of {PICTURES}")
    print(f"model.onnx: {(FOLDER / 'model.onnx').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    report()
