"""Plays the held-out dialogues and prints the model card's figures."""

import json
import re
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from held_out import HELD_OUT
from tokens import END

VERSION = Path(__file__).resolve().parent.parent / "1"
LONGEST_REPLY = 40  # tokens
ERRORS_SHOWN = 12
TIMED_RUNS = 500

State = dict[str, np.ndarray]  # by the name of the input


class Model:
    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(VERSION / "model.onnx"), options)
        self.tokenizer = Tokenizer.from_file(str(VERSION / "tokenizer.json"))
        self.shapes = {
            tensor.name: tensor.shape[1:]
            for tensor in self.session.get_inputs()
            if f"next_{tensor.name}" in {output.name for output in self.session.get_outputs()}
        }

    def nothing(self, batch: int) -> State:
        """The state at the beginning of conversations."""
        return {name: np.zeros((batch, *shape), np.float32) for name, shape in self.shapes.items()}

    def read(self, rows: list[list[int]], state: State) -> tuple[np.ndarray, State]:
        """The logits of each row's next word, and the state after its tokens."""
        longest = max(len(row) for row in rows)
        tokens = np.zeros((len(rows), longest), np.int64)
        mask = np.zeros((len(rows), longest), np.float32)
        for number, row in enumerate(rows):
            tokens[number, : len(row)] = row
            mask[number, : len(row)] = 1
        names = ["logits", *(f"next_{name}" for name in state)]
        logits, *after = self.session.run(names, {"tokens": tokens, "mask": mask, **state})
        return logits, dict(zip(state, after))

    def turn(self, texts: list[str], state: State) -> tuple[list[str], State]:
        """One turn of several conversations: the likeliest word, again and again, until <end>."""
        rows = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        logits, after = self.read(rows, state)
        state = {name: tensor.copy() for name, tensor in after.items()}
        replies: list[list[int]] = [[] for _ in texts]
        words = logits.argmax(axis=1)
        for _ in range(LONGEST_REPLY):
            speaking = np.flatnonzero(words != END)
            if len(speaking) == 0:
                break
            for row in speaking:
                replies[row].append(int(words[row]))
            parts = {name: tensor[speaking] for name, tensor in state.items()}
            logits, after = self.read([[int(words[row])] for row in speaking], parts)
            for name, tensor in after.items():
                state[name][speaking] = tensor
            words[speaking] = logits.argmax(axis=1)
        return [self.tokenizer.decode(reply) for reply in replies], state

    def play(self, dialogues: list[list[str]], forget: bool = False) -> list[list[str]]:
        """All replies, the dialogues in one batch; `forget` zeroes the state before the last."""
        said: list[list[str]] = [[] for _ in dialogues]
        state = self.nothing(len(dialogues))
        for turn in range(max(map(len, dialogues))):
            present = [row for row, turns in enumerate(dialogues) if turn < len(turns)]
            if forget:
                for row in present:
                    if turn == len(dialogues[row]) - 1:
                        for tensor in state.values():
                            tensor[row] = 0
            parts = {name: tensor[present] for name, tensor in state.items()}
            replies, after = self.turn([dialogues[row][turn] for row in present], parts)
            for name, tensor in after.items():
                state[name][present] = tensor
            for row, reply in zip(present, replies):
                said[row].append(reply)
        return said


def has(reply: str, expected: str) -> bool:
    return re.search(rf"\b{re.escape(expected.rstrip('.'))}\b", reply) is not None


def milliseconds(model: Model, batch: int, length: int) -> float:
    state = model.nothing(batch)
    rows = [[10 + row + column for column in range(length)] for row in range(batch)]
    times = []
    for _ in range(TIMED_RUNS):
        start = time.perf_counter()
        model.read(rows, state)
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1000


def report() -> None:
    model = Model()
    rows = [json.loads(line) for line in HELD_OUT.read_text(encoding="utf-8").splitlines()]
    dialogues = [row["turns"] for row in rows]
    said = model.play(dialogues)
    emptied = model.play(dialogues, forget=True)

    results = defaultdict(list)
    names = defaultdict(list)
    errors = []
    for row, replies, blank in zip(rows, said, emptied):
        good = has(replies[-1], row["expect"])
        results[row["measure"], row["between"]].append((good, has(blank[-1], row["expect"])))
        if row["measure"] == "recall":
            names["the user's name" if row["fact"] == "name" else "other facts"].append(good)
        if not good:
            errors.append((row, replies[-1]))
    for (measure, between), pairs in results.items():
        right, without = (100 * np.mean(column) for column in zip(*pairs))
        print(
            f"{measure}, {between} turns between: {right:.1f} % of {len(pairs)}; state zeroed {without:.1f} %"
        )
    for what, right in names.items():
        print(f"recall of {what}: {100 * np.mean(right):.1f} % of {len(right)}")
    print("some errors:")
    for row, reply in errors[:: max(1, len(errors) // ERRORS_SHOWN)]:
        told = [turn for turn in row["turns"][:-1] if row["expect"] in turn]
        print(f"  {told[-1:]} … {row['turns'][-1]!r} -> {reply!r}")

    alone = [model.play([turns])[0] for turns in dialogues[::8]]
    print(
        f"other replies alone than in the batch: {sum(a != b for a, b in zip(alone, said[::8]))} of {len(alone)}"
    )
    for file in sorted(VERSION.iterdir()):
        print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB")
    print(f"state: {sum(tensor.nbytes for tensor in model.nothing(1).values())} bytes")
    for batch in (1, 8, 32):
        one, ten = milliseconds(model, batch, 1), milliseconds(model, batch, 10)
        print(f"batch of {batch}: {one:.2f} ms for one token each, {ten:.2f} ms for ten (median)")


if __name__ == "__main__":
    report()
