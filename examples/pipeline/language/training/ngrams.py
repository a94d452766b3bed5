"""A text as a vector: how often each run of one to three characters is in it, hashed into so many places."""

import re
import unicodedata

import numpy as np

PLACES_BITS = 12
LONGEST = 3


def ngrams(text: str) -> np.ndarray:
    """The same as ../ngrams.ts makes."""
    letters = re.sub(r"[\W\d_]+", " ", unicodedata.normalize("NFC", text).lower())
    padded = f" {letters.strip()} "
    counts = np.zeros(1 << PLACES_BITS, np.float32)
    for start in range(len(padded)):
        place = 2_166_136_261
        for character in padded[start : start + LONGEST]:
            place = ((place ^ ord(character)) * 16_777_619) & 0xFFFF_FFFF
            counts[place >> (32 - PLACES_BITS)] += 1
    return counts / np.linalg.norm(counts)
