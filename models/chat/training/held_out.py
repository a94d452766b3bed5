"""Writes held-out.jsonl: dialogues whose last turn asks for a fact, in ways never trained.

Plain Python, no dependencies. With --check it writes nothing, and exits 1 if the file would change.
"""

import json
import random
import sys
from pathlib import Path

from grammar import (
    FACTS,
    KEYS,
    NAME,
    Key,
    Line,
    pair_is_held_out,
    value_is_held_out,
    values_of,
)
from phrases import BEFORE_CORRECTION
from writer import Writer

HELD_OUT = Path(__file__).resolve().parent / "held-out.jsonl"
SEED = 20
# measure, turns between the fact and the question, dialogues
PLAN = (
    ("recall", 2, 150),
    ("recall", 5, 150),
    ("recall", 10, 150),
    ("recall", 40, 24),
    ("unseen phrasing", 2, 60),
    ("unseen phrasing", 5, 60),
    ("unseen phrasing", 10, 60),
    ("untold", 5, 60),
)
NAMES = 0.4  # of the dialogues are about the user's name
CORRECTED = 0.25  # of the facts were first told otherwise


def some_key(rng: random.Random) -> Key:
    if rng.random() < NAMES:
        return NAME
    fact = rng.choice([fact for fact in FACTS if fact != NAME[0]])
    return rng.choice([key for key in KEYS if key[0] == fact])


def held_out_pairs(fact: str, unseen: bool) -> list[tuple[Line, Line]]:
    """Statements and questions: phrasings that never met, or were never trained at all."""
    lines = FACTS[fact].lines
    return [
        (statement, question)
        for statement in lines["+"]
        for question in lines["?"]
        if statement.held_out == question.held_out == unseen
        and (unseen or pair_is_held_out(fact, statement, question))
    ]


def held_out_values(key: Key) -> list[str]:
    held_out = [value for value in values_of(key) if value_is_held_out(key, value)]
    # Where none is held out, any will do.
    return held_out or values_of(key)


def other_turn(writer: Writer, about: Key) -> None:
    rng = writer.rng
    key = about
    while key == about:
        key = writer.pick_key()
    others = [known for known in writer.known if known != about]
    chance = rng.random()
    if chance < 0.5:
        writer.chat()
    elif chance < 0.85:
        writer.tell(key)
    else:
        writer.ask(rng.choice(others) if others else key)


def held_out_dialogue(rng: random.Random, measure: str, between: int) -> dict:
    writer = Writer(rng, noisy=False)
    key = some_key(rng)
    statement, question = rng.choice(held_out_pairs(key[0], measure == "unseen phrasing"))
    for _ in range(rng.randint(0, 2)):
        other_turn(writer, key)
    if measure == "untold":
        expected = writer.line(key, "-")
    else:
        expected = rng.choice(held_out_values(key))
        corrects = rng.random() < CORRECTED
        if corrects:
            writer.tell(key)
            other_turn(writer, key)
        text = writer.statement(key, expected, statement)
        writer.add(writer.dress(text, BEFORE_CORRECTION, 1.0 if corrects else 0.0), "")
    for _ in range(between):
        other_turn(writer, key)
    writer.add(writer.fill_question(key, question), "")
    return {
        "measure": measure,
        "between": between,
        "fact": " ".join(key).strip(),
        "turns": [turn.user for turn in writer.turns],
        "expect": expected,
    }


def main() -> None:
    rng = random.Random(SEED)
    rows = [
        held_out_dialogue(rng, measure, between)
        for measure, between, count in PLAN
        for _ in range(count)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if "--check" not in sys.argv:
        HELD_OUT.write_text(text, encoding="utf-8")
    elif HELD_OUT.read_text(encoding="utf-8") != text:
        sys.exit("held-out.jsonl is out of date: run held_out.py")


if __name__ == "__main__":
    main()
