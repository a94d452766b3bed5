"""Checks the texts: enough of them, no (near-)duplicates, no templates, a clean held-out part.

Plain Python, no dependencies: `python3 check_texts.py`. Exits 1 and names what is wrong.
"""

import re
import sys
from collections import Counter, defaultdict

from data import HELD_OUT, LABELS, LEXICON, Row, read_tsv, split, texts_of

LEAST_PER_CLASS = 500
LONGEST_TEXT = 80  # words
# Shared shingles over all shingles of two texts; above this, the two say the same thing.
NEAR_DUPLICATE = 0.5
# More texts than this with the same first four words look like a filled-in template.
SAME_BEGINNING = 4
# Sentences that tests ask the finished model about: it must not have seen them.
RESERVED = (
    "the rollout was painless",
    "nothing works since the update",
    "the meeting moved to tuesday",
)


def plain(text: str) -> str:
    """Lower case, without digits and punctuation, so that changing those hides no duplicate."""
    return " ".join(re.sub(r"[\d\W_]+", " ", text.lower()).split())


def shingles(text: str) -> set[str]:
    """Runs of four characters and of three words."""
    words = plain(text).split()
    padded = f" {' '.join(words)} "
    characters = {padded[i : i + 4] for i in range(len(padded) - 3)}
    return characters | {" ".join(words[i : i + 3]) for i in range(len(words) - 2)}


def near_duplicates(texts: list[str]) -> list[tuple[float, str, str]]:
    """Pairs of texts that share most of their shingles."""
    sets = [shingles(text) for text in texts]
    seen: dict[str, list[int]] = defaultdict(list)
    pairs = []
    for i, own in enumerate(sets):
        shared = Counter(j for shingle in own for j in seen[shingle])
        for j, common in shared.items():
            likeness = common / (len(own) + len(sets[j]) - common)
            if likeness > NEAR_DUPLICATE:
                pairs.append((likeness, texts[j], texts[i]))
        for shingle in own:
            seen[shingle].append(i)
    return sorted(pairs, reverse=True)


def problems() -> list[str]:
    found: list[str] = []
    rows: list[Row] = [(label, text) for label in LABELS for text in texts_of(label)]
    texts = [text for _, text in rows]

    for label, count in Counter(label for label, _ in rows).items():
        if count < LEAST_PER_CLASS:
            found.append(f"{label}: {count} texts, at least {LEAST_PER_CLASS} are needed")
    for text in texts:
        if not text or text != text.strip() or "\t" in text:
            found.append(f"empty, or stray white space: {text!r}")
        if len(text.split()) > LONGEST_TEXT:
            found.append(f"more than {LONGEST_TEXT} words: {text}")
        if plain(text) in RESERVED:
            found.append(f"reserved for tests: {text}")

    for text, count in Counter(texts).items():
        if count > 1:
            found.append(f"{count} times: {text}")
    for likeness, first, second in near_duplicates(list(dict.fromkeys(texts))):
        found.append(f"near-duplicates ({likeness:.2f}): {first} | {second}")

    beginnings = Counter(
        " ".join(words[:4]) for text in texts if len(words := plain(text).split()) > 4
    )
    for beginning, count in beginnings.items():
        if count > SAME_BEGINNING:
            found.append(f"{count} texts begin with: {beginning}")

    if read_tsv(HELD_OUT) != split()[1]:
        found.append("held-out.tsv is out of date: run data.py")
    lexicon = [phrase for _, phrase in read_tsv(LEXICON)]
    for phrase, count in Counter(lexicon).items():
        if count > 1:
            found.append(f"lexicon, {count} times: {phrase}")
    # Common words may be held out too, but a longer phrase would give a held-out text away.
    held_out = [f" {plain(text)} " for _, text in split()[1]]
    for phrase in lexicon:
        words = plain(phrase)
        if words in RESERVED:
            found.append(f"in the lexicon and reserved for tests: {phrase}")
        for text in held_out:
            if words and f" {words} " in text and (len(words.split()) > 2 or words == text.strip()):
                found.append(f"in the lexicon and held out: {phrase} |{text}")
    return found


def main() -> int:
    found = problems()
    print(*found, sep="\n")
    train, held_out = split()
    for name, rows in (("train", train), ("held out", held_out)):
        print(name, dict(Counter(label for label, _ in rows)))
    lengths = sorted(len(text.split()) for _, text in train + held_out)
    print(f"words: {lengths[0]} to {lengths[-1]}, median {lengths[len(lengths) // 2]}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
