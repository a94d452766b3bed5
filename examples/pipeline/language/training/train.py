"""Trains the model on the texts and writes ../model.onnx and ../labels.txt."""

import random
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from ngrams import PLACES_BITS, ngrams

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent
LABELS = ("de", "en", "es", "fr")
HELD_OUT = (
    5  # Every fifth line, the same in each language: the lines of a number say about the same.
)
EPOCHS = 30
BATCH = 32
RATE = 0.02
WEIGHT_DECAY = 1e-3

Row = tuple[str, int]


def split() -> tuple[list[Row], list[Row]]:
    train: list[Row] = []
    held_out: list[Row] = []
    for label, name in enumerate(LABELS):
        for number, line in enumerate(
            (HERE / f"texts/{name}.txt").read_text("utf-8").splitlines(), 1
        ):
            (train if number % HELD_OUT else held_out).append((line, label))
    return train, held_out


def part_of(text: str, r: random.Random) -> str:
    """The text or, as short texts come too, some words of it."""
    words = text.split()
    if r.random() < 0.4:
        return text
    length = r.randint(1, len(words))
    start = r.randint(0, len(words) - length)
    return " ".join(words[start : start + length])


def train(rows: list[Row]) -> nn.Module:
    r = random.Random(0)
    network = nn.Linear(1 << PLACES_BITS, len(LABELS))
    nn.init.zeros_(network.weight)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    loss_of = nn.CrossEntropyLoss()
    steps = EPOCHS * -(-len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(EPOCHS):
        r.shuffle(rows)
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            inputs = torch.from_numpy(np.stack([ngrams(part_of(text, r)) for text, _ in batch]))
            loss = loss_of(network(inputs), torch.tensor([label for _, label in batch]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def report(rows: list[Row]) -> None:
    """The model card's figures: whole held-out texts, and their first words alone."""
    session = onnxruntime.InferenceSession(str(FOLDER / "model.onnx"))
    for words in (99, 3, 2, 1):
        texts = [" ".join(text.split()[:words]) for text, _ in rows]
        scores = session.run(None, {"ngrams": np.stack([ngrams(text) for text in texts])})[0]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        best = (powers / powers.sum(axis=1, keepdims=True)).max(axis=1)
        found = scores.argmax(axis=1)
        wrong = [(LABELS[i], text) for i, text, (_, label) in zip(found, texts, rows) if i != label]
        print(
            f"{words} words: {1 - len(wrong) / len(rows):.1%} of {len(rows)}, median score {np.median(best):.2f}",
            wrong[:6],
        )
    print(f"model.onnx: {(FOLDER / 'model.onnx').stat().st_size / 1000:.0f} kB")


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)  # Sums in another order would be another model.
    started = time.monotonic()
    rows, held_out = split()
    torch.onnx.export(
        train(rows),
        (torch.zeros(1, 1 << PLACES_BITS),),
        str(FOLDER / "model.onnx"),
        input_names=["ngrams"],
        output_names=["scores"],
        dynamic_axes={"ngrams": {0: "batch"}, "scores": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )
    (FOLDER / "labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    print(f"trained in {time.monotonic() - started:.0f} s")
    report(held_out)


if __name__ == "__main__":
    main()
