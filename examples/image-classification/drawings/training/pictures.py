"""The drawn pictures as the network takes them: 32 x 32 pixels, three channels between -1 and 1."""

import io
import random
from pathlib import Path

import numpy as np
from PIL import Image

from drawing import LABELS, draw, encode

FOLDER = Path(__file__).resolve().parent.parent
HELD_OUT = FOLDER / "held-out"
SIDE = 32
COMMITTED = 4  # held-out pictures of each label that are files


def pixels(file: bytes) -> np.ndarray:
    picture = Image.open(io.BytesIO(file)).convert("RGB")
    small = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return np.asarray(small, np.float32).transpose(2, 0, 1) / 127.5 - 1


def file_of(part: str, number: int, outline_only: bool = False) -> tuple[str, str, bytes]:
    """Label, ending and bytes of a part's n-th picture: the same on every run, and other in every part."""
    r = random.Random(f"{part} {number}")
    label = LABELS[number % len(LABELS)]
    return label, *encode(draw(label, r, outline_only), r)


def samples(part: str, count: int, outline_only: bool = False) -> tuple[np.ndarray, np.ndarray]:
    images = np.empty((count, 3, SIDE, SIDE), np.float32)
    labels = np.empty(count, np.int64)
    for number in range(count):
        label, _, file = file_of(part, number, outline_only)
        images[number] = pixels(file)
        labels[number] = LABELS.index(label)
    return images, labels


if __name__ == "__main__":
    HELD_OUT.mkdir(exist_ok=True)
    for number in range(COMMITTED * len(LABELS)):
        label, ending, file = file_of("held out", number)
        (HELD_OUT / f"{label}-{number // len(LABELS) + 1}.{ending}").write_bytes(file)
