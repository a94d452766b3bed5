"""Writes one dialogue turn by turn: what the user says, and what should be answered."""

import random
from dataclasses import dataclass, field

from grammar import (
    CHATTER,
    FACTS,
    KEYS,
    NAME,
    WORDS,
    Key,
    Line,
    choose,
    fill,
    pair_is_held_out,
    tidy,
    value_is_held_out,
    values_of,
)
from phrases import (
    AFTER,
    BEFORE,
    BEFORE_CORRECTION,
    BEFORE_QUESTION,
    NOT_UNDERSTOOD,
    NOTHING_KNOWN,
    SUMMARY,
    UNKNOWN_NAME,
    UNKNOWN_WORD,
)

SUMMARISED = ("name", "city", "country", "age", "job", "hobby", "language", "allergy")
MOST_IN_SUMMARY = 3
# No vocabulary has it, so it becomes the unknown token.
STRANGE = "zqx"
QUESTION_WORDS = (
    "who what which when where why how do does did are is can could may will have was".split()
)


@dataclass(frozen=True)
class Turn:
    user: str
    bot: str


@dataclass
class Told:
    value: str
    statement: Line | None  # None: in a short answer
    turn: int


@dataclass
class Writer:
    """Writes one dialogue, and remembers what was told in it."""

    rng: random.Random
    noisy: bool = True  # fillers, missing punctuation, strange words
    known: dict[Key, Told] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)

    def add(self, user: str, bot: str) -> None:
        self.turns.append(Turn(tidy(user), tidy(bot)))

    # What a user says, with the blemishes that texts have.

    def blemish(self, text: str) -> str:
        text = choose(text, self.rng)
        if not self.noisy:
            return text
        rng = self.rng
        words = text.split()
        if rng.random() < 0.25:
            words = [w if "{" in w or rng.random() > 0.06 else STRANGE for w in words]
        if rng.random() < 0.1 and len(words) > 4:
            spot = rng.randrange(len(words))
            if "{" not in words[spot]:
                del words[spot]
        text = " ".join(words)
        if rng.random() < 0.25:
            text = text.rstrip(".?!")
        if rng.random() < 0.1:
            text = text.replace("'", "")
        return text

    def dress(self, text: str, before: list[str], chance: float = 0.2) -> str:
        rng = self.rng
        if rng.random() < chance:
            text = f"{rng.choice(before)} {text[:1].lower()}{text[1:]}"
        if rng.random() < 0.08:
            stem = text.rstrip(".?!")
            text = f"{stem} {rng.choice(AFTER)}{text[len(stem) :]}"
        return text

    # Replies.

    def address(self, reply: str) -> str:
        told = self.known.get(NAME)
        return reply.replace("{, name}", f", {told.value}" if told else "")

    def line(self, key: Key, mark: str, value: str = "") -> str:
        return fill(FACTS[key[0]].lines[mark][0].text, key[1], value)

    def answer(self, key: Key) -> str:
        told = self.known.get(key)
        return self.line(key, "=", told.value) if told else self.line(key, "-")

    # Turns.

    def pick_value(self, key: Key) -> str:
        values = [v for v in values_of(key) if not value_is_held_out(key, v)]
        return self.rng.choice(values)

    def pick_key(self) -> Key:
        chance = self.rng.random()
        if chance < 0.2:
            return NAME
        if chance < 0.5:
            return self.rng.choice([key for key in KEYS if not key[1]])
        return self.rng.choice([key for key in KEYS if key[1]])

    def statement(self, key: Key, value: str, line: Line) -> str:
        self.known[key] = Told(value, line, len(self.turns))
        return fill(self.blemish(line.text), key[1], value)

    def tell(self, key: Key, plainly: bool = False) -> None:
        before, chance = (BEFORE_CORRECTION, 0.8) if key in self.known else (BEFORE, 0.2)
        lines = [line for line in FACTS[key[0]].lines["+"] if not line.held_out]
        text = self.statement(key, self.pick_value(key), self.rng.choice(lines))
        text = text if plainly else self.dress(text, before, chance)
        self.add(text, self.line(key, "!", self.known[key].value))

    def tell_two(self, first: Key, second: Key) -> None:
        self.tell(first)
        self.tell(second, plainly=True)
        two, one = self.turns.pop(), self.turns.pop()
        for key in (first, second):
            self.known[key].turn = len(self.turns)
        joint = self.rng.choice([" and", ", and", ".", ","])
        self.add(f"{one.user.rstrip('.?!')}{joint} {two.user}", f"{one.bot} {two.bot}")

    def tell_shortly(self, key: Key, before: str = "") -> None:
        value = self.pick_value(key)
        line = self.rng.choice(FACTS[key[0]].lines["~"])
        self.known[key] = Told(value, None, len(self.turns))
        text = fill(self.blemish(line.text), key[1], value)
        self.add(f"{before} {text}", self.line(key, "!", value))

    def hint(self, key: Key) -> None:
        """Hints at a fact; the bot asks for it, or says what it knows."""
        line = self.rng.choice(FACTS[key[0]].lines["<"])
        reply = self.answer(key) if key in self.known else self.line(key, ">")
        self.add(self.dress(fill(self.blemish(line.text), key[1], ""), BEFORE), reply)

    def question(self, key: Key) -> str:
        told = self.known.get(key)
        lines = [
            line
            for line in FACTS[key[0]].lines["?"]
            if not line.held_out
            and not (told and told.statement and pair_is_held_out(key[0], told.statement, line))
        ]
        return self.fill_question(key, self.rng.choice(lines))

    def fill_question(self, key: Key, line: Line) -> str:
        return fill(self.blemish(line.text), key[1], "")

    def ask(self, key: Key) -> None:
        text = self.dress(self.question(key), BEFORE + BEFORE_QUESTION)
        self.add(text, self.answer(key))

    def ask_two(self, first: Key, second: Key) -> None:
        one, two = self.question(first), self.question(second)
        joint = self.rng.choice([" and ", "? ", "? And "])
        self.add(f"{one.rstrip('.?!')}{joint}{two}", f"{self.answer(first)} {self.answer(second)}")

    def was_just_told(self, key: Key) -> bool:
        return self.known[key].turn == len(self.turns) - 1

    def ask_whether(self, key: Key) -> None:
        if "%" not in FACTS[key[0]].lines:
            return
        told = self.known.get(key)
        value = told.value if told and self.rng.random() < 0.3 else self.pick_value(key)
        line = self.rng.choice(FACTS[key[0]].lines["%"])
        self.add(fill(self.blemish(line.text), key[1], value), self.answer(key))

    def sum_up(self) -> None:
        facts = [(name, "") for name in SUMMARISED if (name, "") in self.known]
        answers = [self.answer(key) for key in facts[:MOST_IN_SUMMARY]]
        question = self.blemish(self.rng.choice(SUMMARY))
        self.add(self.dress(question, BEFORE), " ".join(answers) or NOTHING_KNOWN)

    def chat(self) -> None:
        rng = self.rng
        block = rng.choice(CHATTER)
        answer = block.answers[0 if rng.random() < 0.7 else -1]
        used: dict[str, str] = {}

        def word(text: str) -> str:
            for name, words in (*WORDS.items(), ("kind", list(FACTS["favourite"].kinds))):
                mark = f"{{{name}}}"
                if mark in text:
                    text = text.replace(mark, used.setdefault(name, rng.choice(words)))
            return text

        text = word(self.blemish(rng.choice(block.texts)))
        first = text.split(" ", 1)[0].lower()
        if not self.noisy or rng.random() < 0.75:
            text += "?" if first in QUESTION_WORDS else rng.choice([".", ".", "!"])
        text = text[:1].upper() + text[1:]
        self.add(self.dress(text, BEFORE, 0.1), self.address(word(answer)))

    def mumble(self) -> None:
        """Says something that nobody could understand."""
        rng = self.rng
        block = rng.choice(CHATTER)
        words = choose(rng.choice(block.texts), rng).split()
        strange = [w if "{" not in w and rng.random() < 0.3 else STRANGE for w in words]
        if strange.count(STRANGE) < 2:
            strange += [STRANGE, STRANGE]
        self.add(" ".join(strange), rng.choice(NOT_UNDERSTOOD[:1] * 2 + NOT_UNDERSTOOD))

    def tell_strange(self, key: Key) -> None:
        """Tells a value that the vocabulary does not have; what is known stays."""
        lines = [line for line in FACTS[key[0]].lines["+"] if not line.held_out]
        text = fill(choose(self.rng.choice(lines).text, self.rng), key[1], STRANGE)
        self.add(text, UNKNOWN_NAME if key[0] in ("name", "relation") else UNKNOWN_WORD)
