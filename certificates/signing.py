"""Signing: private keys in files, and the PAdES signature that certifies a document against every later change.

One rule: a signing key signs only while its certificate will outlive the signature by ten years; then the next one,
certified by the same root, takes its place.
"""

from __future__ import annotations

import os
import uuid
from datetime import datetime, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import ExternalSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from sqlalchemy.orm import Session

from certificates.authority import SIGNING_LIFETIME, Certified, kid_of, make_root, make_signing_pair, pem, read_pem
from certificates.cms import CmsTemplate
from certificates.issuers import Issuer, SigningKey, add_signing_key, current_signing_key, found_issuer, issuer_of
from kernel.errors import DomainError
from kernel.organisations import Organisation

VERIFIABLE_FOR = timedelta(days=3653)  # ten years, with the leap days they may have
FIELD_NAME = "IssuerSignature"
_OTHERS = 0o077


class SigningUnavailable(DomainError):
    """The installation cannot sign: a private key is missing or lies open."""

    code = "signing_unavailable"
    status = 503
    title = "Certificates cannot be signed at the moment"


class KeyStore:
    """Private keys, one PEM file of mode 0600 each, named after the key. Loaded keys are kept: parsing is slow.

    Beside them lie the certificates of the roots (``<kid>.crt``). They are all that verification needs: where it runs
    alone, copy those files and no others.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[str, ec.EllipticCurvePrivateKey] = {}

    def save(self, certified: Certified) -> None:
        """Write a private key before anything refers to it; a key no row names is harmless, the reverse is not."""
        text = certified.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._write(self._path(certified.kid), text, mode=0o600)

    def save_root(self, root: Certified) -> None:
        """Write a root's private key, and publish its certificate as one whose certificates are to be believed."""
        self.save(root)
        self._write(self._root_path(root.certificate), pem(root.certificate).encode(), mode=0o644)

    def keeps_root(self, root: x509.Certificate) -> bool:
        """Tell whether exactly this root was published here."""
        try:
            return self._root_path(root).read_bytes() == pem(root).encode()
        except FileNotFoundError:
            return False

    def private_key(self, kid: str) -> ec.EllipticCurvePrivateKey:
        """Return a key by its identifier.

        Raises:
            SigningUnavailable: its file is missing, or others than its owner may read it.
        """
        if kid not in self._loaded:
            self._loaded[kid] = self._load(kid)
        return self._loaded[kid]

    def _load(self, kid: str) -> ec.EllipticCurvePrivateKey:
        path = self._path(kid)
        if not path.exists():
            message = f"the private key {kid} is not in {self._folder}: restore that folder from the backup"
            raise SigningUnavailable(message)
        if path.stat().st_mode & _OTHERS:
            message = f"others may read the private key {path}: run `chmod 600 {path}`, and replace the key if they did"
            raise SigningUnavailable(message)
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            message = f"{path} cannot be read as a private key: restore it from the backup"
            raise SigningUnavailable(message) from error
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # the store writes no other
        return key

    def _write(self, path: Path, content: bytes, *, mode: int) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _path(self, kid: str) -> Path:
        return self._folder / f"{kid}.pem"

    def _root_path(self, root: x509.Certificate) -> Path:
        return self._folder / f"{kid_of(root)}.crt"


def ensure_issuer(
    tx: Session, organisation_id: uuid.UUID, *, name: str, website: str | None, keys: KeyStore, now: datetime
) -> Issuer:
    """Return the organisation's issuer, made on first use with a root, a signing certificate and their keys.

    An issuer that exists keeps its name. Its signing key is replaced when less than ten years of its certificate
    remain, so that every document can be checked at least that long.

    Raises:
        SigningUnavailable: a new key is due and the root's private key is missing.
    """
    issuer = issuer_of(tx, organisation_id) or found_issuer(tx, organisation_id, name=name, website=website, now=now)
    if not _may_sign(current_signing_key(tx, issuer), now):
        tx.refresh(issuer, with_for_update=True)  # of two renewals at once, the second finds the key of the first
        current = current_signing_key(tx, issuer)
        if not _may_sign(current, now):
            _renew_signing_key(tx, issuer, current, keys=keys, now=now)
    return issuer


def current_signer(
    tx: Session, organisation_id: uuid.UUID, *, keys: KeyStore, now: datetime
) -> tuple[Issuer, SigningKey]:
    """Return the organisation's issuer and the key that signs for it now; see :func:`ensure_issuer` for errors."""
    organisation = tx.get_one(Organisation, organisation_id)
    issuer = ensure_issuer(
        tx, organisation_id, name=organisation.name, website=organisation.website, keys=keys, now=now
    )
    signing_key = current_signing_key(tx, issuer)
    assert signing_key is not None  # ensure_issuer has just seen to it
    return issuer, signing_key


def sign_pdf(pdf: bytes, signing_key: SigningKey, *, signer_name: str, keys: KeyStore, now: datetime) -> bytes:
    """Certify a document: PAdES baseline B-B, no changes permitted (DocMDP P=1), an invisible field.

    Returns:
        The document with one incremental update that holds the signature; the claimed time is ``now``.

    Raises:
        SigningUnavailable: the private key is missing.
    """
    private_key = keys.private_key(signing_key.kid)
    template, public_signer = _parts(signing_key.certificate_pem, signing_key.root_pem)
    signer = PdfSigner(
        PdfSignatureMetadata(
            field_name=FIELD_NAME,
            name=signer_name,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        ),
        signer=public_signer,
    )
    session = signer.init_signing_session(_next_revision(pdf))
    session.system_time = now
    # pyHanko counts the hexadecimal digits of the reserved space, not the octets.
    unsigned = session.prepare_tbs_document(validation_info=None, bytes_reserved=2 * template.octets_max)
    signed = BytesIO()
    prepared, _ = unsigned.digest_tbs_document(output=signed)
    prepared.fill_with_cms(signed, template.sign(prepared.document_digest, private_key))
    return signed.getvalue()


def _next_revision(pdf: bytes) -> IncrementalPdfFileWriter:
    """Open a document for its second revision, which is PDF 2.0 and therefore repeats title and author in XMP."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    drawn, metadata = writer.prev.document_meta_view, writer.document_meta
    metadata.title, metadata.author, metadata.subject = drawn.title, drawn.author, drawn.subject
    metadata.creator, metadata.created = drawn.creator, drawn.created
    return writer


@lru_cache(maxsize=64)
def _parts(certificate_pem: str, root_pem: str) -> tuple[CmsTemplate, ExternalSigner]:
    (certificate,) = load_certs_from_pemder_data(certificate_pem.encode())
    template = CmsTemplate.for_certificate(read_pem(certificate_pem), read_pem(root_pem))
    return template, ExternalSigner(certificate, None)


def _may_sign(key: SigningKey | None, now: datetime) -> bool:
    return key is not None and key.valid_until - now >= VERIFIABLE_FOR


def _renew_signing_key(
    tx: Session, issuer: Issuer, current: SigningKey | None, *, keys: KeyStore, now: datetime
) -> None:
    root = None if current is None else read_pem(current.root_pem)
    if root is None or root.not_valid_after_utc - now < SIGNING_LIFETIME:
        made = make_root(issuer.name, now=now)
        keys.save_root(made)
        root, root_key = made.certificate, made.private_key
    else:
        root_key = keys.private_key(kid_of(root))
    signing = make_signing_pair(issuer.name, root, root_key, now=now)
    keys.save(signing)
    add_signing_key(tx, issuer, signing, pem(root), now=now)
