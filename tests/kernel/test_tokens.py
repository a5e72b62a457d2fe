"""Tokens hold for one purpose, one audience and one time, under one of the ring's keys."""

from __future__ import annotations

import base64
import json
import stat
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.errors import Invalid
from kernel.tokens import (
    ISSUER,
    KeyRing,
    Purpose,
    RevokedToken,
    TokenExpired,
    TokenInvalid,
    issue_token,
    open_key_ring,
    read_token,
    refuse_revoked,
    revoke_token,
    rotate_key_file,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
RING = KeyRing({"k1": b"1" * 32})
SUBJECT = uuid.UUID(int=7)
AUDIENCE = "https://exam.example.org"


def _issue(ring: KeyRing = RING, purpose: Purpose = Purpose.SESSION) -> str:
    return issue_token(
        ring,
        purpose=purpose,
        audience=AUDIENCE,
        subject=SUBJECT,
        now=NOW,
        lifetime=timedelta(minutes=5),
        facts={"organisation": "o"},
    )


def _read(token: str, *, ring: KeyRing = RING, purpose: Purpose = Purpose.SESSION, now: datetime = NOW) -> uuid.UUID:
    return read_token(ring, token, purpose=purpose, audience=AUDIENCE, now=now).subject


def test_a_token_says_who_and_what() -> None:
    claims = read_token(RING, _issue(), purpose=Purpose.SESSION, audience=AUDIENCE, now=NOW)
    assert (claims.subject, claims.facts["organisation"]) == (SUBJECT, "o")
    assert claims.expires_at == NOW + timedelta(minutes=5)


def test_it_expires_at_the_moment_it_names() -> None:
    token = _issue()
    assert _read(token, now=NOW + timedelta(minutes=5, microseconds=-1)) == SUBJECT
    with pytest.raises(TokenExpired):
        _read(token, now=NOW + timedelta(minutes=5))


def test_it_holds_for_its_purpose_only() -> None:
    with pytest.raises(TokenInvalid):
        _read(_issue(purpose=Purpose.WORK))


def test_it_holds_for_its_audience_only() -> None:
    with pytest.raises(TokenInvalid):
        read_token(RING, _issue(), purpose=Purpose.SESSION, audience="https://other.example", now=NOW)


def test_rotation_keeps_older_tokens_valid_until_their_key_goes() -> None:
    old = _issue()
    rotated = KeyRing({"k2": b"2" * 32, **RING.keys})
    assert _read(old, ring=rotated) == SUBJECT
    assert jwt.get_unverified_header(_issue(rotated))["kid"] == "k2"
    with pytest.raises(TokenInvalid):
        _read(old, ring=KeyRing({"k2": b"2" * 32}))


def _forgeries() -> list[str]:
    payload = jwt.decode(_issue(), options={"verify_signature": False})
    header, body, signature = _issue().split(".")
    admin = base64.urlsafe_b64encode(json.dumps({**payload, "sub": str(uuid.UUID(int=8))}).encode()).decode()
    return [
        "",
        "a.b.c",
        "\x00",
        f"{header}.{admin.rstrip('=')}.{signature}",
        f"{header}.{body}.",
        jwt.encode(payload, None, algorithm="none", headers={"kid": "k1"}),
        jwt.encode(payload, b"x" * 32, algorithm="HS256", headers={"kid": "k1"}),
        jwt.encode(payload, b"1" * 32, algorithm="HS512", headers={"kid": "k1"}),
        jwt.encode(payload, b"1" * 32, algorithm="HS256", headers={"kid": "../k1"}),
        jwt.encode(payload, b"1" * 32, algorithm="HS256"),
        jwt.encode({**payload, "iss": "other"}, b"1" * 32, algorithm="HS256", headers={"kid": "k1"}),
        jwt.encode({**payload, "sub": "not-a-uuid"}, b"1" * 32, algorithm="HS256", headers={"kid": "k1"}),
        jwt.encode({**payload, "purpose": "admin"}, b"1" * 32, algorithm="HS256", headers={"kid": "k1"}),
        jwt.encode({**payload, "exp": 10**30}, b"1" * 32, algorithm="HS256", headers={"kid": "k1"}),
        jwt.encode({"iss": ISSUER, "aud": AUDIENCE}, b"1" * 32, algorithm="HS256", headers={"kid": "k1"}),
    ]


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("number", range(15))
def test_forgeries_are_refused_without_a_hint(number: int) -> None:
    with pytest.raises(TokenInvalid, match="^the token does not hold$"):
        _read(_forgeries()[number])


def test_a_revoked_token_is_worthless_and_forgotten_in_time(tx: Session) -> None:
    claims = read_token(RING, _issue(), purpose=Purpose.SESSION, audience=AUDIENCE, now=NOW)
    refuse_revoked(tx, claims.token_id)
    revoke_token(tx, claims, now=NOW)
    revoke_token(tx, claims, now=NOW)
    with pytest.raises(TokenInvalid):
        refuse_revoked(tx, claims.token_id)
    later = NOW + timedelta(hours=1)
    other = issue_token(
        RING, purpose=Purpose.SESSION, audience=AUDIENCE, subject=SUBJECT, now=later, lifetime=timedelta(minutes=5)
    )
    revoke_token(tx, read_token(RING, other, purpose=Purpose.SESSION, audience=AUDIENCE, now=later), now=later)
    assert tx.scalar(select(func.count()).select_from(RevokedToken)) == 1


def test_the_key_file_is_private_and_rotates(tmp_path: Path) -> None:
    first = open_key_ring("", tmp_path)
    path = tmp_path / "token-keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_key_ring("", tmp_path) == first
    fresh = rotate_key_file(tmp_path)
    second = open_key_ring("", tmp_path)
    assert second.signing[0] == fresh
    assert set(first.keys) < set(second.keys)
    for _ in range(5):
        rotate_key_file(tmp_path)
    assert len(open_key_ring("", tmp_path).keys) == 3


@pytest.mark.parametrize("text", ["k1", "k1:short", ":" + "A" * 43, "k1:***", ","])
def test_a_malformed_ring_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="EXAM_ENGINE_TOKEN_KEYS"):
        open_key_ring(text, tmp_path)
