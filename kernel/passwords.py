"""Passwords: kept as Argon2id hashes only. Hashing is dear, so it queues, and the queue has an end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kernel.errors import DomainError, Invalid
from kernel.sentences import say

PASSWORD_CHARACTERS_MIN = 12
PASSWORD_CHARACTERS_MAX = 1024
# OWASP's second recommended setting; the library's default costs eight times the CPU at a login burst.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Hashing is CPU and 19 MiB each: a burst of sign-ins queues here instead of starving running exams, and beyond the
# queue it is told to come back, so that the threads of everybody else stay free.
_HASHING = BoundedSemaphore(2)
_QUEUE = BoundedSemaphore(12)


class TooManySignIns(DomainError):
    """More people sign in at once than passwords can be checked; come back in a moment."""

    code = "too_many_sign_ins"
    status = 503
    title = "Please try again in a moment"


def hash_password(password: str) -> str:
    """Hash a new password, refusing what is too short to be one or too long to be honest."""
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        message = say(
            "password: between %(least)s and %(most)s characters, please",
            least=PASSWORD_CHARACTERS_MIN,
            most=PASSWORD_CHARACTERS_MAX,
        )
        raise Invalid(message)
    with _turn_to_hash():
        return _HASHER.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Tell whether a password is the one whose hash is stored; where none is, that takes as long.

    Raises:
        TooManySignIns: too many are waiting already.
    """
    if len(password) > PASSWORD_CHARACTERS_MAX:
        return False
    try:
        with _turn_to_hash():
            return _HASHER.verify(stored or _decoy_hash(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@contextmanager
def _turn_to_hash() -> Iterator[None]:
    if not _QUEUE.acquire(blocking=False):
        message = say("very many people are signing in just now; please try again in a few seconds")
        raise TooManySignIns(message)
    try:
        with _HASHING:
            yield
    finally:
        _QUEUE.release()


@cache
def _decoy_hash() -> str:
    return _HASHER.hash("no account has this password")
