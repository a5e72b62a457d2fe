"""Signing in and being handed a narrow exam token: what both doors do alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from exam_engine.delivery.lifecycle import Attempt
from exam_engine.delivery.timing import accepts_until
from exam_engine.installation import Installation
from kernel.accounts import WrongCredentials, check_password, organisations_of
from kernel.errors import Conflict
from kernel.tokens import Purpose, issue_token

SIGN_INS_PER_MINUTE = 30
"""Per address: a class behind one router signs in at once, a guesser gets nowhere."""
EXAM_TOKEN_SLACK = timedelta(minutes=5)
EXAM_COOKIE = "exam"


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A fresh session token and when it ends."""

    token: str
    expires_at: datetime


def open_session(tx: Session, installation: Installation, *, email: str, password: str, now: datetime) -> OpenedSession:
    """Check the password and sign a session token for the account's first organisation.

    Raises:
        WrongCredentials: for every reason alike.
    """
    account = check_password(tx, email, password)
    organisations = organisations_of(tx, account.id)
    if not organisations:
        message = "the e-mail address or the password is wrong"
        raise WrongCredentials(message)
    lifetime = timedelta(minutes=installation.settings.session_minutes)
    token = issue_token(
        installation.ring,
        purpose=Purpose.SESSION,
        audience=installation.settings.public_url,
        subject=account.id,
        now=now,
        lifetime=lifetime,
        facts={"organisation": str(organisations[0])},
    )
    return OpenedSession(token=token, expires_at=now + lifetime)


def exam_token(installation: Installation, attempt: Attempt, now: datetime) -> str:
    """Sign the narrow token that saves responses of one running attempt, and lives as long as that attempt."""
    if attempt.deadline_at is None:
        message = "the attempt has not started"
        raise Conflict(message)
    return issue_token(
        installation.ring,
        purpose=Purpose.WORK,
        audience=installation.settings.public_url,
        subject=attempt.candidate_id,
        now=now,
        lifetime=accepts_until(attempt.deadline_at) + EXAM_TOKEN_SLACK - now,
        facts={"attempt": str(attempt.id)},
    )
