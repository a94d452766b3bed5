"""The tokeniser: BERT's rules for splitting words, with a vocabulary made from the train part and the lexicon."""

import random
from collections import Counter

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import Tensor

PAD, UNKNOWN, START, END = range(4)
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
LONGEST = 512
# Large enough that every word of the train part becomes one token: the parts of words are for
# words that were never seen.
VOCABULARY = 7000


def vocabulary(words: Counter[str]) -> dict[str, int]:
    """Characters, all words, then the parts that most words share; the same on every run.

    (The library's own trainer breaks ties at random, which would make another model each time.)
    """
    parts: Counter[str] = Counter()
    for word in words:
        for start in range(len(word)):
            for end in range(start + 2, len(word) + 1):
                parts[("##" if start else "") + word[start:end]] += 1
    characters = sorted(set("".join(words)))
    ranked = sorted(parts, key=lambda part: (-parts[part], part))
    tokens = [*SPECIAL, *characters, *(f"##{c}" for c in characters), *sorted(words), *ranked]
    return {token: number for number, token in enumerate([*dict.fromkeys(tokens)][:VOCABULARY])}


def build_tokenizer(texts: list[str]) -> Tokenizer:
    normalizer = normalizers.BertNormalizer(lowercase=True)
    splitter = pre_tokenizers.BertPreTokenizer()
    words = Counter(
        word
        for text in texts
        for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))
    )
    tokenizer = Tokenizer(models.WordPiece(vocabulary(words), unk_token=SPECIAL[UNKNOWN]))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splitter
    # [CLS] and [SEP] mark the ends, and keep an empty text from being an empty sequence.
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", START), ("[SEP]", END)]
    )
    return tokenizer


def cut_up(word: str, vocabulary: dict[str, int], rng: random.Random) -> list[int]:
    """Splits a known word into random known parts, so that the parts are trained as well."""
    longest = rng.randint(2, len(word) - 1)
    parts: list[int] = []
    start = 0
    while start < len(word):
        for end in range(min(len(word), start + longest), start, -1):
            part = vocabulary.get(("##" if start else "") + word[start:end])
            if part is not None:
                parts.append(part)
                start = end
                break
        else:
            return [UNKNOWN]
    return parts


def pad(sequences: list[list[int]]) -> tuple[Tensor, Tensor]:
    """The ids of a batch, and its mask."""
    longest = max(len(sequence) for sequence in sequences)
    ids = torch.full((len(sequences), longest), PAD)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence)
    return ids, (ids != PAD).to(torch.int64)
