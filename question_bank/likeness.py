"""Likeness: how much two texts say with the same words in the same order, and sketches that find the like among many.

One rule: a sketch only points at candidates; what is told is the exact likeness of the two texts.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from fractions import Fraction
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from question_bank.documents import TEXT_CHARACTERS_MAX
from question_bank.marked_text import Shape, plain

BANDS: Final = 12
ROWS: Final = 3
"""MinHash in 12 bands of 3: texts alike by 0.6 meet in a band with a probability of 0.95, by 0.3 with one of 0.28."""
FEW_WORDS: Final = 8
"""A question as short as this says little without its options: they belong to what is asked."""
_WORD = re.compile(r"\w+")
_HASH_BYTES = 8
_OFFERED = ("options", "rows", "premises", "counterparts", "elements")


def asked_in(content: Mapping[str, Any]) -> str:
    """Return the words of what an item asks: stem and passage, and where they are few, what is offered as well."""
    texts = [_words(content.get("stem"), Shape.BLOCKS), _words(content.get("passage"), Shape.PASSAGE)]
    if len(_WORD.findall(" ".join(texts))) < FEW_WORDS:
        things = [thing for name in _OFFERED for thing in _listed(content.get(name))]
        texts += sorted(_words(thing.get("text"), Shape.LINE) for thing in things if isinstance(thing, dict))
    return " ".join(text for text in texts if text)


def shingles_of(text: str) -> frozenset[str]:
    """Return the pairs of neighbouring words, without case and signs; of a single word, the word."""
    words = _WORD.findall(text.casefold())
    return frozenset(f"{one} {other}" for one, other in itertools.pairwise(words)) or frozenset(words)


def likeness(one: AbstractSet[str], other: AbstractSet[str]) -> Fraction:
    """Return the share of shingles that two texts have in common, of all that either has (Jaccard), 0 to 1."""
    either = len(one | other)
    return Fraction(len(one & other), either) if either else Fraction(0)


def bands_of(shingles: AbstractSet[str]) -> list[int]:
    """Return the sketch of a text: so many signed 64-bit numbers, the same for the same words on every machine.

    Two texts are candidates where they share a number (Broder 1997; banding after Leskovec, Rajaraman and Ullman,
    *Mining of Massive Datasets*, 3.4). A text without words has no sketch.
    """
    if not shingles:
        return []
    digests = b"".join(blake2b(shingle.encode(), digest_size=_HASH_BYTES).digest() for shingle in shingles)
    hashes = np.frombuffer(digests, dtype="<u8")
    least = _mixed(hashes[:, None] ^ _SEEDS[None, :]).min(axis=0).reshape(BANDS, ROWS)
    return [_signed(blake2b(bytes([band]) + least[band].tobytes(), digest_size=_HASH_BYTES)) for band in range(BANDS)]


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix 64 bits so that each depends on all (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)), dtype="<u8")


def _signed(digest: blake2b) -> int:
    return int.from_bytes(digest.digest(), "little", signed=True)


def _words(text: object, shape: Shape) -> str:
    return plain(text[:TEXT_CHARACTERS_MAX], shape) if isinstance(text, str) else ""


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


_SEEDS: NDArray[np.uint64] = _mixed(np.arange(1, BANDS * ROWS + 1, dtype="<u8") * np.uint64(0x9E3779B97F4A7C15))
