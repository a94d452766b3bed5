"""The texts, the lexicon, and the split into a train part and a held-out part."""

import hashlib
from pathlib import Path

LABELS = ("negative", "neutral", "positive")
HERE = Path(__file__).resolve().parent
HELD_OUT = HERE / "held-out.tsv"
LEXICON = HERE / "lexicon.tsv"

Row = tuple[str, str]  # label, text


def texts_of(label: str) -> list[str]:
    return (HERE / "texts" / f"{label}.txt").read_text(encoding="utf-8").splitlines()


def split() -> tuple[list[Row], list[Row]]:
    """Train and held-out part: of each class, the fifth with the smallest hashes is held out.

    The hash sees nothing but the text, so an added text moves hardly any other one across.
    """
    train: list[Row] = []
    held_out: list[Row] = []
    for label in LABELS:
        by_hash = sorted(texts_of(label), key=lambda t: hashlib.sha256(t.encode()).digest())
        fifth = len(by_hash) // 5
        held_out += [(label, text) for text in by_hash[:fifth]]
        train += [(label, text) for text in by_hash[fifth:]]
    return train, held_out


def read_tsv(path: Path) -> list[Row]:
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        label, text = line.split("\t")
        rows.append((label, text))
    return rows


def write_tsv(path: Path, rows: list[Row]) -> None:
    path.write_text("".join(f"{label}\t{text}\n" for label, text in rows), encoding="utf-8")


if __name__ == "__main__":
    write_tsv(HELD_OUT, split()[1])
