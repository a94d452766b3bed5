"""Prints the model card's figures: held-out accuracy, confusion, errors, size, speed, padding."""

import random
import time

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from data import HERE, HELD_OUT, LABELS, read_tsv

VERSION = HERE.parent / "1"
ERRORS_SHOWN = 12
TIMED_RUNS = 2000


def session_with_one_thread() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(VERSION / "model.onnx"), options)


def logits(session: onnxruntime.InferenceSession, sequences: list[list[int]]) -> np.ndarray:
    longest = max(len(sequence) for sequence in sequences)
    ids = np.zeros((len(sequences), longest), np.int64)
    mask = np.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return session.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]


def worst_padding_difference(session: onnxruntime.InferenceSession, size: int) -> float:
    """How far padding moves a logit, over sequences of 1 to 512 tokens in batches of 64."""
    rng = random.Random(0)
    lengths = [1, 2, 3, 512, *(rng.randint(1, 512) for _ in range(60))]
    sequences = [[rng.randrange(1, size) for _ in range(length)] for length in lengths]
    together = logits(session, sequences)
    alone = np.concatenate([logits(session, [sequence]) for sequence in sequences])
    return float(np.abs(together - alone).max())


def milliseconds(session: onnxruntime.InferenceSession, length: int) -> float:
    sequence = [list(range(10, 10 + length))]
    times = []
    for _ in range(TIMED_RUNS):
        start = time.perf_counter()
        logits(session, sequence)
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1000


def report() -> None:
    tokenizer = Tokenizer.from_file(str(VERSION / "tokenizer.json"))
    session = session_with_one_thread()
    rows = read_tsv(HELD_OUT)
    confusion = np.zeros((len(LABELS), len(LABELS)), int)
    errors = []
    for label, text in rows:
        found = int(logits(session, [tokenizer.encode(text).ids]).argmax())
        confusion[LABELS.index(label), found] += 1
        if LABELS[found] != label:
            errors.append(f"  {label}, taken for {LABELS[found]}: {text}")

    print(f"held-out accuracy: {confusion.trace() / len(rows):.1%} of {len(rows)} texts")
    print(f"{'is / taken for':15}", *(f"{label:>9}" for label in LABELS), "   recall", "precision")
    for i, label in enumerate(LABELS):
        recall = confusion[i, i] / confusion[i].sum()
        precision = confusion[i, i] / max(1, confusion[:, i].sum())
        counts = (f"{count:9}" for count in confusion[i])
        print(f"{label:15}", *counts, f"{recall:9.1%} {precision:9.1%}")
    print("some errors:", *random.Random(0).sample(errors, ERRORS_SHOWN), sep="\n")

    for file in sorted(VERSION.iterdir()):
        print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB")
    for length in (10, 128, 512):
        print(f"{length} tokens: {milliseconds(session, length):.2f} ms on one thread (median)")
    difference = worst_padding_difference(session, tokenizer.get_vocab_size())
    print(f"largest difference that padding makes to a logit: {difference:.1e}")


if __name__ == "__main__":
    report()
