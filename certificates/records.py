"""Records: what the audit log says of credentials and their later changes, worked out again from the rows."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from certificates import issuing, revocation
from certificates.credentials import CertificateDocument, Credential, StatusChange
from certificates.revocation import Status
from kernel.canonical import digest
from kernel.reconciliation import Facts, Recorded, all_of


def _credential(tx: Session, credential_id: uuid.UUID) -> Facts:
    credential, document = tx.get_one(Credential, credential_id), tx.get_one(CertificateDocument, credential_id)
    return {
        "award": credential.award_id,
        "kid": credential.signing_key.kid,
        "snapshot": digest(credential.snapshot),
        "pdf": hashlib.sha256(document.pdf).hexdigest(),
        "at": credential.issued_at,
    }


def _changes(status: Status) -> Callable[[uuid.UUID], Select[uuid.UUID]]:
    def changes(organisation_id: uuid.UUID) -> Select[uuid.UUID]:
        return (
            select(StatusChange.id)
            .join(Credential, Credential.id == StatusChange.credential_id)
            .where(Credential.organisation_id == organisation_id, StatusChange.status == status)
        )

    return changes


def _change(tx: Session, change_id: uuid.UUID) -> Facts:
    change = tx.get_one(StatusChange, change_id)
    return {
        **change.recorded,
        "subject": f"credential:{change.credential_id}",
        "at": change.at,
        "actor": change.actor_id,
    }


RECORDED = (
    Recorded(issuing.Action.ISSUE, all_of(Credential), _credential),
    *(Recorded(revocation.Action[status.name], _changes(status), _change, named_in="change") for status in Status),
)
