"""Makes the dialogues that the model is trained on; run alone, it prints one."""

import random

from grammar import FACTS
from phrases import BEFORE_SHORT_CORRECTION
from writer import Turn, Writer

# What is done when it is not small talk, and how often: with something known, and at first.
OFTEN = {
    "ask": (38, 0),
    "correct": (8, 0),
    "ask two": (4, 0),
    "ask whether": (5, 3),
    "sum up": (3, 1),
    "tell strange": (3, 3),
    "ask untold": (8, 12),
    "hint": (7, 10),
    "tell two": (5, 11),
    "tell": (19, 60),
}


def trained_dialogue(rng: random.Random, turns: int) -> list[Turn]:
    """A random dialogue of about that many turns, without anything that is held out."""
    writer = Writer(rng)
    talkative = rng.uniform(0.15, 0.6)
    while len(writer.turns) < turns:
        chance = rng.random()
        key = writer.pick_key()
        known = list(writer.known)
        if chance < talkative:
            if rng.random() < 0.12:
                writer.mumble()
            else:
                writer.chat()
            continue
        untold = key not in writer.known
        weights = [pair[0 if known else 1] for pair in OFTEN.values()]
        act = rng.choices([*OFTEN], weights)[0]
        marks = FACTS[key[0]].lines
        if act == "ask":
            # Longer ago is harder, so it is asked more often.
            pair = [rng.choice(known), rng.choice(known)]
            writer.ask(min(pair, key=lambda k: writer.known[k].turn))
        elif act == "correct":
            latest = known[-1]
            short = rng.random() < 0.4 and "~" in FACTS[latest[0]].lines
            if short and writer.was_just_told(latest):
                writer.tell_shortly(latest, rng.choice(BEFORE_SHORT_CORRECTION))
            else:
                writer.tell(rng.choice(known))
        elif act == "ask two" and len(known) > 1:
            writer.ask_two(*rng.sample(known, 2))
        elif act == "ask whether":
            writer.ask_whether(rng.choice([key, *known]))
        elif act == "sum up":
            writer.sum_up()
        elif act == "tell strange" and untold:
            writer.tell_strange(key)
        elif act == "ask untold":
            writer.ask(key)
            if untold and "~" in marks and rng.random() < 0.4:
                writer.tell_shortly(key)
        elif act == "hint" and "<" in marks:
            writer.hint(key)
            if untold and rng.random() < 0.7:
                writer.tell_shortly(key)
        elif act == "tell two":
            second = writer.pick_key()
            if second != key:
                writer.tell_two(key, second)
        elif act == "tell":
            writer.tell(key)
    return writer.turns


if __name__ == "__main__":
    for turn in trained_dialogue(random.Random(), 14):
        print(f"> {turn.user}\n  {turn.bot}")
