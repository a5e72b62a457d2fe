"""The CMS template: octet for octet what pyHanko builds, and a signature OpenSSL accepts."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from pathlib import Path

import pytest
from asn1crypto import cms, keys, x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certificates.authority import Certified, make_root, make_signing_pair, pem
from certificates.cms import CmsTemplate
from tests.certificates.validators import run
from tests.conftest import NOW

DOCUMENT = b"what is certified"
DIGEST = hashlib.sha256(DOCUMENT).digest()
ROOT = make_root("Οργανισμός Δοκιμών", now=NOW)
SIGNING = make_signing_pair("Οργανισμός Δοκιμών", ROOT.certificate, ROOT.private_key, now=NOW)
TEMPLATE = CmsTemplate.for_certificate(SIGNING.certificate, ROOT.certificate)


def asn1(certified: Certified) -> x509.Certificate:
    return x509.Certificate.load(certified.certificate.public_bytes(Encoding.DER))


def pyhankos_own(digest: bytes, signing: Certified, root: Certified) -> bytes:
    registry = SimpleCertificateStore()
    registry.register(asn1(root))
    private = signing.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = SimpleSigner(
        signing_cert=asn1(signing), signing_key=keys.PrivateKeyInfo.load(private), cert_registry=registry
    )
    built = asyncio.run(
        signer.async_sign(digest, "sha256", use_pades=True, signed_attr_settings=PdfCMSSignedAttributes())
    )
    return bytes(built.dump())


def without_signature(encoded: bytes) -> bytes:
    """Put the same octets in the place of every signature, whose length and value are random."""
    content = cms.ContentInfo.load(encoded, strict=True)
    content["content"]["signer_infos"][0]["signature"] = b"S" * 70
    return bytes(content.dump(force=True))


def signature_in(encoded: bytes) -> bytes:
    return bytes(cms.ContentInfo.load(encoded)["content"]["signer_infos"][0]["signature"].native)


@pytest.mark.parametrize("name", ["Ω", "Body", "A name of exactly sixty-four characters, which X.509 calls long"])
def test_the_template_gives_what_pyhanko_builds_except_for_the_random_signature(name: str, now: datetime) -> None:
    root = make_root(name, now=now)
    signing = make_signing_pair(name, root.certificate, root.private_key, now=now)
    ours = CmsTemplate.for_certificate(signing.certificate, root.certificate).sign(DIGEST, signing.private_key)
    theirs = pyhankos_own(DIGEST, signing, root)
    assert without_signature(ours) == without_signature(theirs)
    unsigned_octets = len(ours) - len(signature_in(ours))
    assert unsigned_octets == len(theirs) - len(signature_in(theirs))


def test_the_encoding_round_trips_without_a_single_octet_changing() -> None:
    ours = TEMPLATE.sign(DIGEST, SIGNING.private_key)
    assert cms.ContentInfo.load(ours, strict=True).dump(force=True) == ours


@settings(max_examples=50)
@given(st.binary(min_size=32, max_size=32))
def test_no_signature_is_longer_than_the_space_reserved_for_it(digest: bytes) -> None:
    assert len(TEMPLATE.sign(digest, SIGNING.private_key)) <= TEMPLATE.octets_max


def test_openssl_accepts_the_signature_over_the_document(tmp_path: Path) -> None:
    signed, root, content = tmp_path / "signed.der", tmp_path / "root.pem", tmp_path / "content"
    signed.write_bytes(TEMPLATE.sign(DIGEST, SIGNING.private_key))
    root.write_text(pem(ROOT.certificate))
    content.write_bytes(DOCUMENT)
    command = [
        *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signed, "-content", content),
        *("-CAfile", root, "-purpose", "any", "-attime", str(int(NOW.timestamp()) + 1), "-out", tmp_path / "out"),
    ]
    assert "successful" in run(*command).stderr
    content.write_bytes(DOCUMENT + b".")
    assert run(*command).returncode != 0
