"""The seal: an issuer's signature over what the database says, so that writing to the database forges nothing.

One rule: a seal counts only under a signing certificate whose root is kept in the installation's key folder.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from certificates.authority import fingerprint, kid_of, read_pem
from certificates.issuers import SigningKey
from certificates.signing import KeyStore
from kernel.canonical import canonical_json

_ALGORITHM = ec.ECDSA(SHA256())


@dataclass(frozen=True, slots=True)
class Chain:
    """A signing certificate that its root has signed, read and ready to check seals."""

    certificate: x509.Certificate
    public_key: ec.EllipticCurvePublicKey
    kid: str
    root: x509.Certificate
    root_sha256: str


def make_seal(facts: Mapping[str, object], private_key: ec.EllipticCurvePrivateKey) -> str:
    """Sign facts: ECDSA with SHA-256 over their canonical JSON, the DER signature in base64url."""
    return urlsafe_b64encode(private_key.sign(canonical_json(facts), _ALGORITHM)).decode()


def seal_holds(seal: str, facts: Mapping[str, object], chain: Chain) -> bool:
    """Tell whether the chain's key sealed exactly these facts."""
    try:
        chain.public_key.verify(urlsafe_b64decode(seal), canonical_json(facts), _ALGORITHM)
    except (InvalidSignature, ValueError):
        return False
    return True


def record_facts(snapshot_hash: str, pdf_sha256: str) -> dict[str, str]:
    """What the seal of a credential covers: its record and its document, by their hashes."""
    return {"pdf_sha256": pdf_sha256, "snapshot_hash": snapshot_hash}


def trusted_chain(signing_key: SigningKey, keys: KeyStore) -> Chain | None:
    """Return a signing key's chain, or None where it is broken or ends at a root this installation does not keep."""
    chain = _read_chain(signing_key.certificate_pem, signing_key.root_pem)
    return chain if chain is not None and keys.keeps_root(chain.root) else None


# Keyed by the texts themselves, not by the kid: a certificate exchanged in the database is read anew.
@lru_cache(maxsize=64)
def _read_chain(certificate_pem: str, root_pem: str) -> Chain | None:
    try:
        certificate, root = read_pem(certificate_pem), read_pem(root_pem)
        certificate.verify_directly_issued_by(root)
        public_key = certificate.public_key()
    except (InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return None
    if not isinstance(public_key, ec.EllipticCurvePublicKey):
        return None
    return Chain(certificate, public_key, kid_of(certificate), root, fingerprint(root))
