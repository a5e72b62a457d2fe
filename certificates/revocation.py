"""Revocation: what may happen to a credential after it was issued, by whom, and for which reasons.

One rule: changes are appended by a person, with a reason, along the table of moves; a revoked credential never returns.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from certificates.credentials import Credential, StatusChange
from certificates.history import CHANGE_DETAIL, changes_of, seal_change, subject_of
from certificates.signing import KeyStore, current_signer
from kernel.audit import record
from kernel.errors import Fault, Invalid, NotFound
from kernel.permissions import Actor
from kernel.sentences import say
from kernel.states import check_move

REASON_CHARACTERS_MAX = 2000


class ReasonInvalid(Invalid):
    """A change of status needs a reason in words, and a class of reason that fits it."""

    code = "reason_invalid"


class Standing(StrEnum):
    """Where a credential stands, apart from its dates."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


MOVES: Mapping[Standing, frozenset[Standing]] = MappingProxyType(
    {
        Standing.VALID: frozenset({Standing.SUSPENDED, Standing.REVOKED}),
        Standing.SUSPENDED: frozenset({Standing.VALID, Standing.REVOKED}),
        Standing.REVOKED: frozenset(),
    }
)


class Status(StrEnum):
    """What a change did."""

    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"


STANDING_AFTER: Mapping[Status, Standing] = MappingProxyType(
    {
        Status.REVOKED: Standing.REVOKED,
        Status.SUSPENDED: Standing.SUSPENDED,
        Status.REINSTATED: Standing.VALID,
    }
)


class ReasonClass(StrEnum):
    """Why, in the words the public may read; the body's own wording stays inside."""

    ISSUED_IN_ERROR = "issued_in_error"
    EXAM_IRREGULARITY = "exam_irregularity"
    MISUSE = "misuse"
    REQUIREMENTS_NOT_MET = "requirements_not_met"
    HOLDER_REQUEST = "holder_request"
    UNDER_INVESTIGATION = "under_investigation"
    MATTER_RESOLVED = "matter_resolved"


_ENDING = frozenset(
    {
        ReasonClass.ISSUED_IN_ERROR,
        ReasonClass.EXAM_IRREGULARITY,
        ReasonClass.MISUSE,
        ReasonClass.REQUIREMENTS_NOT_MET,
        ReasonClass.HOLDER_REQUEST,
    }
)
REASONS: Mapping[Status, frozenset[ReasonClass]] = MappingProxyType(
    {
        Status.REVOKED: _ENDING,
        Status.SUSPENDED: _ENDING - {ReasonClass.ISSUED_IN_ERROR} | {ReasonClass.UNDER_INVESTIGATION},
        Status.REINSTATED: frozenset({ReasonClass.MATTER_RESOLVED, ReasonClass.HOLDER_REQUEST}),
    }
)


class Action(StrEnum):
    """What the audit log calls it."""

    REVOKED = "credential.revoke"
    SUSPENDED = "credential.suspend"
    REINSTATED = "credential.reinstate"


def revoke(
    tx: Session,
    credential: Credential,
    *,
    reason_class: ReasonClass,
    reason: str,
    keys: KeyStore,
    actor: Actor,
    now: datetime,
) -> StatusChange:
    """End a credential for good; see :func:`_change` for errors."""
    return _change(tx, credential, Status.REVOKED, reason_class, reason, keys=keys, actor=actor, now=now)


def suspend(
    tx: Session,
    credential: Credential,
    *,
    reason_class: ReasonClass,
    reason: str,
    keys: KeyStore,
    actor: Actor,
    now: datetime,
) -> StatusChange:
    """Put a credential out of force until it is reinstated or revoked; see :func:`_change` for errors."""
    return _change(tx, credential, Status.SUSPENDED, reason_class, reason, keys=keys, actor=actor, now=now)


def reinstate(
    tx: Session,
    credential: Credential,
    *,
    reason_class: ReasonClass,
    reason: str,
    keys: KeyStore,
    actor: Actor,
    now: datetime,
) -> StatusChange:
    """Put a suspended credential back in force; see :func:`_change` for errors."""
    return _change(tx, credential, Status.REINSTATED, reason_class, reason, keys=keys, actor=actor, now=now)


def standing_of(changes: list[StatusChange]) -> Standing:
    """Return where a credential stands after its changes, the earliest first; nothing undoes a revocation."""
    standings = [STANDING_AFTER[Status(change.status)] for change in changes]
    if Standing.REVOKED in standings:
        return Standing.REVOKED
    return standings[-1] if standings else Standing.VALID


def credential_for(tx: Session, actor: Actor, credential_id: uuid.UUID) -> Credential:
    """Return a credential of the actor's organisation, for staff.

    Raises:
        NotFound: there is none, or it is another organisation's.
    """
    return _one(tx, _of_organisation(actor).where(Credential.id == credential_id))


def credentials_of(
    tx: Session, actor: Actor, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[Credential]:
    """Return the register of the actor's organisation, the newest first."""
    return _newest_first(tx, _of_organisation(actor), after, limit)


def own_credential(tx: Session, actor: Actor, credential_id: uuid.UUID) -> Credential:
    """Return a credential the actor holds.

    Raises:
        NotFound: there is none, or somebody else holds it.
    """
    return _one(tx, _held_by(actor).where(Credential.id == credential_id))


def own_credentials(
    tx: Session, actor: Actor, *, after: uuid.UUID | None = None, limit: int | None = None
) -> list[Credential]:
    """Return the credentials the actor holds in this organisation, the newest first."""
    return _newest_first(tx, _held_by(actor), after, limit)


def _change(
    tx: Session,
    credential: Credential,
    status: Status,
    reason_class: ReasonClass,
    reason: str,
    *,
    keys: KeyStore,
    actor: Actor,
    now: datetime,
) -> StatusChange:
    """Append a change and seal it with the issuer's key.

    Raises:
        Forbidden: the product itself tried; this takes a person.
        ReasonInvalid: the reason is empty or too long, or its class does not fit this change.
        IllegalMove: the credential does not stand where this change begins.
        SigningUnavailable: the issuer's private key is missing.
    """
    person = actor.person
    _refuse_reason(status, reason_class, reason)
    # Changes of one credential queue here; without the lock two of them would both start from the older standing.
    tx.execute(select(Credential.id).where(Credential.id == credential.id).with_for_update())
    before = changes_of(tx, credential)
    check_move(MOVES, standing_of(before), STANDING_AFTER[status], "the credential")
    change = StatusChange(
        credential_id=credential.id,
        number=before[-1].number + 1 if before else 1,
        status=status,
        reason_class=reason_class,
        reason=reason.strip(),
        at=now,
        actor_id=person,
    )
    _, signing_key = current_signer(tx, credential.organisation_id, keys=keys, now=now)
    change.seal = seal_change(change, before, credential, keys.private_key(signing_key.kid))
    tx.add(change)
    tx.flush()
    told = {CHANGE_DETAIL: str(change.id), **change.recorded}
    record(tx, actor, Action[status.name], subject_of(credential), now, **told)
    return change


def _refuse_reason(status: Status, reason_class: ReasonClass, reason: str) -> None:
    faults = []
    if not 0 < len(reason.strip()) <= REASON_CHARACTERS_MAX:
        faults.append(Fault("reason", say("say why, in 1 to %(most)s characters", most=REASON_CHARACTERS_MAX)))
    if reason_class not in REASONS[status]:
        fitting = ", ".join(sorted(REASONS[status]))
        faults.append(
            Fault(
                "reason_class",
                say(
                    "%(reason_class)s is no reason for this; use one of %(fitting)s",
                    reason_class=reason_class,
                    fitting=fitting,
                ),
            )
        )
    if faults:
        message = say("a change of status needs a reason that fits it")
        raise ReasonInvalid(message, faults=faults)


def _of_organisation(actor: Actor) -> Select[Credential]:
    return select(Credential).where(Credential.organisation_id == actor.organisation_id)


def _held_by(actor: Actor) -> Select[Credential]:
    return _of_organisation(actor).where(Credential.holder_id == actor.person)


def _newest_first(
    tx: Session, query: Select[Credential], after: uuid.UUID | None, limit: int | None
) -> list[Credential]:
    if after is not None:
        last = _one(tx, query.where(Credential.id == after))
        query = query.where(tuple_(Credential.issued_at, Credential.id) < (last.issued_at, last.id))
    return list(tx.scalars(query.order_by(Credential.issued_at.desc(), Credential.id.desc()).limit(limit)))


def _one(tx: Session, query: Select[Credential]) -> Credential:
    credential = tx.scalar(query)
    if credential is None:
        message = say("there is no such credential")
        raise NotFound(message)
    return credential
