"""The tokeniser: one token a word; what users write is lower-cased, replies keep their capitals."""

import re

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from grammar import CHATTER, FACTS, WORDS
from phrases import FROM_USERS, REPLIES
from writer import Turn

PAD, UNKNOWN, USER, BOT, END = range(5)
SPECIAL = ["<pad>", "<unk>", "<user>", "<bot>", "<end>"]
WORD = r"\w+(?:'\w+)*|[^\w\s]"
LONGEST = 64  # tokens that are read of one turn
SAID_BY_USERS = "+~?%<"


def words_of(texts: list[str]) -> set[str]:
    return {word for text in texts for word in re.findall(WORD, re.sub(r"\{[^}]*\}", " ", text))}


def vocabulary() -> dict[str, int]:
    """All words that the lists and templates have: users' in lower case, replies' as they are."""
    values = [value for values in WORDS.values() for value in values]
    kinds = [kind for fact in FACTS.values() for kind in fact.kinds]
    marked = [pair for fact in FACTS.values() for pair in fact.lines.items()]
    lines = [(mark, line.text) for mark, several in marked for line in several]
    users = [text for mark, text in lines if mark in SAID_BY_USERS]
    users += [text for block in CHATTER for text in block.texts]
    users += FROM_USERS + [f"{kind}'s" for kind in kinds]
    replies = [text for mark, text in lines if mark not in SAID_BY_USERS]
    replies += [text for block in CHATTER for text in block.answers]
    replies += REPLIES
    both = [*values, *kinds, "a an is are on in"]
    lowered = {word.lower() for word in words_of(users + both)}
    lowered |= {word.replace("'", "") for word in lowered if word != "'"}
    tokens = [*SPECIAL, *sorted(lowered | words_of(replies + both))]
    return {token: number for number, token in enumerate(tokens)}


def build_tokenizer() -> Tokenizer:
    # WordPiece without pieces: a word is in the vocabulary as a whole, or unknown. The special
    # tokens are not "added tokens", so no text that a user types can become one.
    tokenizer = Tokenizer(models.WordPiece(vocabulary(), unk_token=SPECIAL[UNKNOWN]))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace("’", "'"), normalizers.BertNormalizer(lowercase=True)]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(WORD), "removed", invert=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<user> $A <bot>", special_tokens=[("<user>", USER), ("<bot>", BOT)]
    )
    # Puts spaces between words, but none before punctuation.
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def encode(
    tokenizer: Tokenizer, turns: list[Turn], ids: dict[str, int]
) -> tuple[list[int], list[int]]:
    """A dialogue's tokens, and for each the token that should follow (PAD: any, it is not a reply).

    <end> is what follows a reply, but it is never read: the next thing read is <user>.
    """
    read: list[int] = []
    follow: list[int] = []
    for turn, user in zip(turns, tokenizer.encode_batch([turn.user for turn in turns])):
        reply = [ids[word] for word in re.findall(WORD, turn.bot)]
        read += user.ids + reply
        follow += [PAD] * (len(user.ids) - 1) + reply + [END]
    return read, follow
