"""Reads words.txt, facts.txt and chatter.txt, and makes texts of their lines."""

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
MANY = ("keys", "glasses", "shoes", "gloves", "headphones")
NAME = ("name", "")

Key = tuple[str, str]  # the fact and its kind, such as ("favourite", "colour")


@dataclass(frozen=True)
class Line:
    text: str
    held_out: bool = False  # a phrasing that is never trained


@dataclass
class Fact:
    name: str
    kinds: dict[str, str]  # kind -> list of its values, or two lists: a&b
    lines: dict[str, list[Line]] = field(default_factory=dict)  # by mark: + ~ ? % = ! -


@dataclass
class Chatter:
    texts: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


def lines_of(file: str) -> Iterator[str]:
    for line in (HERE / file).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("# "):
            yield line


def read_words() -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for line in lines_of("words.txt"):
        if line.startswith("["):
            words[line.strip("[]")] = current = []
        else:
            current += [word.strip() for word in line.split(",")]
    return words


def read_facts() -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for line in lines_of("facts.txt"):
        mark, text = line.split(" ", 1)
        if mark == "##":
            name, kinds = text.split(" | ")
            pairs = [kind.partition(":") for kind in kinds.split(", ")]
            # A fact without kinds has one, the empty one.
            single = len(pairs) == 1
            facts[name] = fact = Fact(
                name, {"" if single else kind: values or kind for kind, _, values in pairs}
            )
        else:
            fact.lines.setdefault(mark[0], []).append(Line(text, mark.endswith("*")))
    return facts


def read_chatter() -> list[Chatter]:
    blocks: list[Chatter] = []
    for line in lines_of("chatter.txt"):
        mark, text = line.split(" ", 1)
        if mark == ">" and (not blocks or blocks[-1].answers):
            blocks.append(Chatter())
        (blocks[-1].texts if mark == ">" else blocks[-1].answers).append(text)
    return blocks


WORDS = read_words()
FACTS = read_facts()
CHATTER = read_chatter()
KEYS: list[Key] = [(fact.name, kind) for fact in FACTS.values() for kind in fact.kinds]


def values_of(key: Key) -> list[str]:
    return [word for words in FACTS[key[0]].kinds[key[1]].split("&") for word in WORDS[words]]


def choose(text: str, rng: random.Random) -> str:
    """Picks one of the alternatives (a|b) everywhere."""
    return re.sub(r"\(([^()]*)\)", lambda found: rng.choice(found[1].split("|")), text)


def tidy(text: str) -> str:
    text = " ".join(text.split())
    return re.sub(r" ([.,!?])", r"\1", text)


def fill(text: str, kind: str, value: str) -> str:
    article = "an" if value[:1].lower() in "aeiou" else "a"
    parts = {
        "{value}": value,
        "{kind}": kind,
        "{a}": article,
        "{is}": "are" if kind in MANY else "is",
        "{on}": "in" if value in WORDS["month"] else "on",
    }
    return re.sub(r"\{\w+\}", lambda found: parts[found[0]], text)


def is_among(share: int, *what: object) -> bool:
    """Whether this combination is among one in `share`: the same on every run and machine."""
    digest = hashlib.sha256(repr(what).encode()).digest()
    return digest[0] % share == 0


def pair_is_held_out(fact: str, statement: Line, question: Line) -> bool:
    """A fourth of all pairs of a statement and a question never meet in a trained dialogue."""
    return is_among(4, fact, statement.text, question.text)


def value_is_held_out(key: Key, value: str) -> bool:
    """A sixth of the names (places, days) are never trained for a given relation (thing, event)."""
    return key[0] in ("relation", "spot", "event") and is_among(6, key, value)
