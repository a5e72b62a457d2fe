"""Codes: the numbers by which certificates are found. 80 random bits cannot be guessed; a check character catches typing.

A code is sixteen characters of Crockford's base32 (https://www.crockford.com/base32.html) and one check character
from the same alphabet, because Crockford's own check symbols would push a QR symbol out of its alphanumeric mode.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from urllib.parse import urlsplit

from kernel.errors import Fault, Invalid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_CHARACTERS = 16
CODE_CHARACTERS = RANDOM_CHARACTERS + 1
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_FIELD_BITS = 5
_FIELD_POLYNOMIAL = 0b100101
_MISREAD = str.maketrans("OIL", "011")
_SEPARATORS = frozenset(" \t\u00a0\u202f-\u2010\u2011\u2012\u2013\u2014\u2212")


class CodeUnreadable(Invalid):
    """This cannot be a certificate number: too short or long, a foreign character, or a typing mistake."""

    code = "code_unreadable"


def new_code() -> str:
    """Return a fresh code of 17 characters carrying 80 bits from the operating system's random source."""
    values = [secrets.randbelow(len(ALPHABET)) for _ in range(RANDOM_CHARACTERS)]
    return _spell([*values, _check_value(values)])


def read_code(text: str) -> str:
    """Return the code somebody typed: in any case, with spaces or hyphens, with O for 0 and I or L for 1.

    Raises:
        CodeUnreadable: it has a wrong length, a character that no code has, or a check character that does not fit.
    """
    compact = "".join(character for character in text if character not in _SEPARATORS).upper().translate(_MISREAD)
    reason = _wrong_with(compact)
    if reason:
        message = "this is not a certificate number; please compare it with the certificate"
        raise CodeUnreadable(message, faults=[Fault("code", reason)])
    return compact


def grouped(code: str) -> str:
    """Write a code in groups of four for people: ``XXXX-XXXX-XXXX-XXXX-X``."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def verify_url(public_url: str, code: str) -> str:
    """Return the address the QR carries, ``HTTPS://HOST/V/<CODE>``.

    Upper case keeps the symbol in alphanumeric mode and small (ISO/IEC 18004); scheme, host and the route ``/V/`` do
    not depend on case. A path in front of it may, and stays as it is.
    """
    parts = urlsplit(public_url.rstrip("/"))
    return f"{parts.scheme.upper()}://{parts.netloc.upper()}{parts.path}/V/{code}"


def _wrong_with(compact: str) -> str | None:
    if len(compact) != CODE_CHARACTERS:
        return f"it has {len(compact)} characters, not {CODE_CHARACTERS}"
    foreign = set(compact) - _VALUES.keys()
    if foreign:
        return f"no number holds {' or '.join(sorted(foreign))}"
    if _weighted_sum(_VALUES[character] for character in compact):
        return "one character is wrong, or two are swapped"
    return None


def _check_value(values: Iterable[int]) -> int:
    return _times_alpha(_weighted_sum(values))


def _weighted_sum(values: Iterable[int]) -> int:
    """Sum the values in the field GF(32), the i-th from the right weighted with alpha^i (Horner's scheme).

    A code is right when its sum is zero. Alpha has order 31, so all seventeen weights are non-zero and distinct: no
    single substitution and no swap of any two unequal characters leaves the sum at zero. Weights modulo 32 could not
    do this: two odd weights differ by an even number, which misses swaps of values that differ by 16.
    """
    total = 0
    for value in values:
        total = _times_alpha(total) ^ value
    return total


def _times_alpha(value: int) -> int:
    shifted = value << 1
    return shifted ^ _FIELD_POLYNOMIAL if shifted >> _FIELD_BITS else shifted


def _spell(values: Iterable[int]) -> str:
    return "".join(ALPHABET[value] for value in values)
