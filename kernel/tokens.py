"""Tokens: short signed statements with a purpose, an audience, an expiry and a key id.

A token made for one purpose is worthless for every other. The first key of the ring signs, all of them verify, so
keys rotate without signing anybody out; a revoked token's id stays in the database until it would have expired.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import jwt
from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.db import Base, table_facts
from kernel.errors import Invalid, Unauthenticated

ALGORITHM = "HS256"
ISSUER = "exam-engine"
KEY_BYTES = 32
KEYS_KEPT = 3
_REQUIRED = ["iss", "aud", "sub", "exp", "iat", "jti", "purpose"]


class TokenInvalid(Unauthenticated):
    """Forged, altered, made for something else, revoked, or not a token at all."""

    code = "token_invalid"


class TokenExpired(Unauthenticated):
    """It was genuine once."""

    code = "token_expired"


class Purpose(StrEnum):
    """What a token may be used for."""

    SESSION = "session"
    WORK = "work"
    """Doing one piece of timed work: a narrow token that outlives no more than that work."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Signing keys by id; the first signs."""

    keys: Mapping[str, bytes]

    @property
    def signing(self) -> tuple[str, bytes]:
        """The id and the bytes of the key that signs."""
        return next(iter(self.keys.items()))


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says."""

    token_id: str
    subject: uuid.UUID
    purpose: Purpose
    expires_at: datetime
    facts: Mapping[str, Any]

    @property
    def series(self) -> int:
        """The series of sessions it belongs to; a token from before there were any names none."""
        return int(self.facts.get("series", 1))


class RevokedToken(Base):
    """A token that must not be accepted although its time has not come."""

    __tablename__ = "revoked_tokens"
    __table_args__ = (table_facts(pii={}, unowned="a token id says nothing about its holder"),)

    token_id: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


def issue_token(
    ring: KeyRing,
    *,
    purpose: Purpose,
    audience: str,
    subject: uuid.UUID,
    now: datetime,
    lifetime: timedelta,
    facts: Mapping[str, Any] | None = None,
) -> str:
    """Sign a token for one purpose and one audience (the installation's public URL)."""
    kid, key = ring.signing
    payload = {
        "iss": ISSUER,
        "aud": audience,
        "sub": str(subject),
        "purpose": purpose.value,
        "jti": secrets.token_urlsafe(12),
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        **(facts or {}),
    }
    return jwt.encode(payload, key, algorithm=ALGORITHM, headers={"kid": kid})


def read_token(ring: KeyRing, token: str, *, purpose: Purpose, audience: str, now: datetime) -> Claims:
    """Verify a token and return what it says.

    Raises:
        TokenExpired: genuine, but its time is over.
        TokenInvalid: anything else that does not hold; the detail never says which check failed.
    """
    try:
        key = ring.keys[jwt.get_unverified_header(token)["kid"]]
        # Expiry is checked below against ``now``: one clock, the door's.
        payload = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=ISSUER,
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        claims = Claims(
            token_id=str(payload["jti"]),
            subject=uuid.UUID(payload["sub"]),
            purpose=Purpose(payload["purpose"]),
            expires_at=datetime.fromtimestamp(int(payload["exp"]), UTC),
            facts=payload,
        )
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError) as error:
        message = "the token does not hold"
        raise TokenInvalid(message) from error
    if claims.purpose is not purpose:
        message = "the token does not hold"
        raise TokenInvalid(message)
    if now >= claims.expires_at:
        message = "the token has expired"
        raise TokenExpired(message)
    return claims


def revoke_token(tx: Session, claims: Claims, *, now: datetime) -> None:
    """Make a token worthless at once, and forget revocations whose tokens have expired anyway."""
    tx.execute(delete(RevokedToken).where(RevokedToken.expires_at < now))
    tx.merge(RevokedToken(token_id=claims.token_id, expires_at=claims.expires_at))
    tx.flush()


def refuse_revoked(tx: Session, token_id: str) -> None:
    """Raise TokenInvalid for the id of a token that was revoked."""
    if tx.scalar(select(RevokedToken.token_id).where(RevokedToken.token_id == token_id)):
        message = "the token does not hold"
        raise TokenInvalid(message)


def open_key_ring(configured: str, data_dir: Path) -> KeyRing:
    """Return the ring from the environment, or from a key file that the first start creates (mode 0600).

    Raises:
        Invalid: the configured text is not ``kid:base64url`` pairs of at least 32 bytes each.
    """
    if configured:
        return _parse_ring(configured)
    path = data_dir / "token-keys.json"
    if not path.exists():
        _write_ring(path, {})
    return _parse_ring(",".join(f"{kid}:{key}" for kid, key in json.loads(path.read_text()).items()))


def rotate_key_file(data_dir: Path) -> str:
    """Put a fresh signing key in front of the key file and return its id; the oldest beyond three is dropped."""
    path = data_dir / "token-keys.json"
    return _write_ring(path, json.loads(path.read_text()) if path.exists() else {})


def _write_ring(path: Path, older: Mapping[str, str]) -> str:
    kid = secrets.token_hex(4)
    fresh = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
    ring = dict(list({kid: fresh, **older}.items())[:KEYS_KEPT])
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(ring, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return kid


def _parse_ring(text: str) -> KeyRing:
    keys: dict[str, bytes] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        kid, separator, encoded = pair.partition(":")
        try:
            key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except ValueError:
            key = b""
        if not separator or not kid or len(key) < KEY_BYTES:
            message = f"EXAM_ENGINE_TOKEN_KEYS: key {kid!r} must be kid:base64url of at least {KEY_BYTES} bytes"
            raise Invalid(message)
        keys[kid] = key
    if not keys:
        message = "EXAM_ENGINE_TOKEN_KEYS: no key given"
        raise Invalid(message)
    return KeyRing(keys)
