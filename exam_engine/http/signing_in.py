"""Signing in and being handed a narrow exam token: what both doors do alike."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import BackgroundTasks, Request
from sqlalchemy.orm import Session

from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.timing import accepts_until
from exam_engine.http.deps import refuse_flood
from exam_engine.installation import Installation
from kernel.accounts import WrongCredentials, account_by_email, address_of, organisations_of, refuse_wrong_password
from kernel.errors import Conflict
from kernel.sentences import say
from kernel.tokens import Claims, Purpose, issue_token, revoke_token

SIGN_INS_PER_MINUTE = 300
"""Per network address: several classes behind one router sign in at once."""
GUESSES_PER_MINUTE = 10
"""Per account and network address: a guesser gets nowhere, and locks out nobody else."""
EXAM_TOKEN_SLACK = timedelta(minutes=5)
EXAM_COOKIE = "exam"
SESSIONS_ENDED = "sessions.ended"
"""The topic on which processes tell each other that a session has ended."""


def refuse_guessing(request: Request, installation: Installation, email: str) -> None:
    """Raise TooMany when one network address tries one account, or signs in at all, too often."""
    name = hashlib.sha256(address_of(email).encode(errors="replace")).hexdigest()[:16]
    refuse_flood(request, installation, f"guess:{name}", limit=GUESSES_PER_MINUTE, seconds=60)
    refuse_flood(request, installation, "sign-in", limit=SIGN_INS_PER_MINUTE, seconds=60)


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A fresh session token and when it ends."""

    token: str
    expires_at: datetime


def open_session(installation: Installation, *, email: str, password: str, now: datetime) -> OpenedSession:
    """Check the password and sign a session token for the account's first organisation.

    The password is checked between two readings: a burst of sign-ins holds no connection while it hashes.

    Raises:
        WrongCredentials: for every reason alike.
        TooManySignIns: too many are waiting already.
    """
    with installation.database.reading() as tx:
        found = account_by_email(tx, email)
    account = refuse_wrong_password(found, password)
    with installation.database.reading() as tx:
        organisations = organisations_of(tx, account.id)
    if not organisations:
        message = say("the e-mail address or the password is wrong")
        raise WrongCredentials(message)
    lifetime = timedelta(minutes=installation.settings.session_minutes)
    token = issue_token(
        installation.ring,
        purpose=Purpose.SESSION,
        audience=installation.settings.public_url,
        subject=account.id,
        now=now,
        lifetime=lifetime,
        # Of the account as its password was read: another password, given meanwhile, ends this session too.
        facts={"organisation": str(organisations[0]), "series": account.session_series},
    )
    return OpenedSession(token=token, expires_at=now + lifetime)


def end_session(tx: Session, installation: Installation, claims: Claims, later: BackgroundTasks, now: datetime) -> None:
    """Make a session and the exam tokens it was given worthless; every process hears of it after the commit."""
    revoke_token(tx, claims, now=now)
    later.add_task(installation.broker.publish, SESSIONS_ENDED, claims.token_id.encode())


def exam_token(installation: Installation, attempt: Attempt, session: Claims, now: datetime) -> str:
    """Sign the narrow token that saves responses of one running attempt, as long as attempt and session live."""
    if attempt.deadline_at is None:
        message = say("the attempt has not started")
        raise Conflict(message)
    return issue_token(
        installation.ring,
        purpose=Purpose.WORK,
        audience=installation.settings.public_url,
        subject=attempt.candidate_id,
        now=now,
        lifetime=accepts_until(attempt.deadline_at) + EXAM_TOKEN_SLACK - now,
        facts={"attempt": str(attempt.id), "session": session.token_id, "series": session.series},
    )
