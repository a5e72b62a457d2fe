"""History: the later changes of a credential, each sealed by the issuer together with the seal before it.

One rule: the first change is sealed upon the credential's own seal and every other upon the one before it, and the
audit log tells of each. So none can be forged, altered, reordered or left out without being noticed at the next look.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.orm import Session

from certificates.credentials import Credential, StatusChange
from certificates.issuers import signing_keys_of
from certificates.seals import Chain, make_seal, seal_holds, trusted_chain
from certificates.signing import KeyStore
from kernel.audit import entries_about

CHANGE_DETAIL = "change"
"""The detail in which an audit entry names the change it tells of."""


def changes_of(tx: Session, credential: Credential) -> list[StatusChange]:
    """Return the changes of a credential as they are now, the earliest first."""
    query = select(StatusChange).where(StatusChange.credential_id == credential.id)
    return list(tx.scalars(query.order_by(StatusChange.number)))


def seal_change(
    change: StatusChange, before: list[StatusChange], credential: Credential, key: ec.EllipticCurvePrivateKey
) -> str:
    """Seal a change upon those before it, with the key that signs for the issuer now."""
    return make_seal(_facts(change, _last_seal(before, credential)), key)


def history_intact(tx: Session, credential: Credential, changes: list[StatusChange], keys: KeyStore) -> bool:
    """Tell whether these are all the changes there were, as the issuer sealed them and the audit log tells of them.

    The log is chained, not sealed: whoever rewrites it from the last change on, and drops that change, is noticed by
    comparing its head with one kept elsewhere, and not here.
    """
    told = [
        entry.details[CHANGE_DETAIL]
        for entry in entries_about(tx, credential.organisation_id, subject_of(credential))
        if CHANGE_DETAIL in entry.details
    ]
    return told == [str(change.id) for change in changes] and _is_sealed(tx, credential, changes, keys)


def subject_of(credential: Credential) -> str:
    """Return its name in the audit log."""
    return f"credential:{credential.id}"


def _is_sealed(tx: Session, credential: Credential, changes: list[StatusChange], keys: KeyStore) -> bool:
    chains = _chains_of(tx, credential, keys) if changes else []
    previous = credential.seal
    for change in changes:
        facts, seal = _facts(change, previous), change.seal or ""
        if not any(seal_holds(seal, facts, chain) for chain in chains):
            return False
        previous = seal
    return True


def _chains_of(tx: Session, credential: Credential, keys: KeyStore) -> list[Chain]:
    """Return the trusted chains of the issuer's keys, those under a root in the name of the credential's own."""
    own = trusted_chain(credential.signing_key, keys)
    found = (trusted_chain(key, keys) for key in signing_keys_of(tx, credential.issuer_id))
    return [chain for chain in found if chain and own and chain.root.subject == own.root.subject]


def _last_seal(before: list[StatusChange], credential: Credential) -> str:
    return (before[-1].seal or "") if before else credential.seal


def _facts(change: StatusChange, previous: str) -> dict[str, object]:
    return {
        "credential": change.credential_id,
        "number": change.number,
        "status": change.status,
        "reason_class": change.reason_class,
        "reason": change.reason,
        "at": change.at,
        "actor": change.actor_id,
        "previous": previous,
    }
