"""Trains the model on dialogues that are made as it goes, and writes ../1."""

import math
import random
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.nn import functional

from dialogues import trained_dialogue
from evaluate import report
from export import write_onnx
from network import Chat
from tokens import PAD, build_tokenizer, encode

VERSION = Path(__file__).resolve().parent.parent / "1"
# The rate and the dialogues' length change as if there were so many steps; an hour was the limit.
SCHEDULE = 2200
STEPS = 1399
BATCH = 32
RATE = 3e-3
WARM_UP = 100
SEED = 1


def turns_at(progress: float, rng: random.Random) -> int:
    """Short dialogues first: they are quick, and a fact is soon asked for."""
    longest = 5 if progress < 0.2 else 9 if progress < 0.4 else 16 if rng.random() < 0.8 else 30
    return rng.randint(longest // 2, longest)


def batch_of(tokenizer: Tokenizer, ids: dict[str, int], rng: random.Random, progress: float):
    turns = turns_at(progress, rng)
    rows = [encode(tokenizer, trained_dialogue(rng, turns), ids) for _ in range(BATCH)]
    longest = max(len(read) for read, _ in rows)
    padded = [[part + [PAD] * (longest - len(part)) for part in row] for row in rows]
    both = torch.tensor(padded)
    return both[:, 0], both[:, 1]


def train(tokenizer: Tokenizer) -> Chat:
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    ids = tokenizer.get_vocab()
    model = Chat(len(ids))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, betas=(0.9, 0.98))
    began = time.perf_counter()
    total = right = count = 0.0
    for step in range(STEPS):
        progress = step / SCHEDULE
        rate = (
            RATE * min(1, step / WARM_UP) * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)
        )
        for group in optimizer.param_groups:
            group["lr"] = rate
        read, follow = batch_of(tokenizer, ids, rng, progress)
        spoken = follow != PAD
        logits = model.word(model(read)[spoken])
        loss = functional.cross_entropy(logits, follow[spoken])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
        right += (logits.argmax(-1) == follow[spoken]).sum().item()
        count += int(spoken.sum())
        if (step + 1) % 50 == 0:
            minutes = (time.perf_counter() - began) / 60
            print(
                f"{step + 1}: loss {total / 50:.4f}, right {right / count:.2%}, {minutes:.1f} min",
                flush=True,
            )
            total = right = count = 0.0
    return model.eval()


def main() -> None:
    # One thread: sums in another order would be another model.
    torch.set_num_threads(1)
    tokenizer = build_tokenizer()
    model = train(tokenizer)
    VERSION.mkdir(exist_ok=True)
    tokenizer.save(str(VERSION / "tokenizer.json"))
    write_onnx(model, VERSION / "model.onnx")
    report()


if __name__ == "__main__":
    main()
