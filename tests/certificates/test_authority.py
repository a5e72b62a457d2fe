"""The issuer's own certification authority: profiles of its certificates."""

from __future__ import annotations

from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from certificates.authority import fingerprint, kid_of, make_root, make_signing_pair, pem, read_pem


def test_the_root_signs_itself_and_certificates_and_nothing_else(now: datetime) -> None:
    root = make_root("Body", now=now).certificate
    root.verify_directly_issued_by(root)
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    usage = root.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert usage.value.crl_sign
    assert not usage.value.digital_signature


def test_the_signing_certificate_may_sign_documents_and_is_issued_by_the_root(now: datetime) -> None:
    root = make_root("Body", now=now)
    signing = make_signing_pair("Body", root.certificate, root.private_key, now=now).certificate
    signing.verify_directly_issued_by(root.certificate)
    extensions = signing.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usages = {oid.dotted_string for oid in extensions.get_extension_for_class(x509.ExtendedKeyUsage).value}
    assert usages == {"1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4"}
    authority = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    subject = root.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert authority.key_identifier == subject.key_identifier


def test_keys_are_p256_and_certificates_outlive_the_signatures_they_vouch_for(now: datetime) -> None:
    root = make_root("Body", now=now)
    signing = make_signing_pair("Body", root.certificate, root.private_key, now=now)
    for made in (root, signing):
        assert isinstance(made.private_key.curve, ec.SECP256R1)
        assert made.certificate.not_valid_before_utc <= now
    assert root.certificate.not_valid_after_utc > signing.certificate.not_valid_after_utc


@pytest.mark.parametrize(
    "name", ["Ω", "B" * 64, "Национален институт за сертификация на професионални компетентности и умения"]
)
def test_names_of_any_length_and_script_fit_into_the_certificates(name: str, now: datetime) -> None:
    certificate = make_root(name, now=now).certificate
    (organisation,) = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert name.startswith(str(organisation.value))
    (common_name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert str(common_name.value).endswith(" Root CA")


def test_a_certificate_is_read_back_and_named_by_its_key(now: datetime) -> None:
    root = make_root("Body", now=now)
    again = read_pem(pem(root.certificate))
    assert again == root.certificate
    assert kid_of(again) == root.kid
    assert fingerprint(again) == fingerprint(root.certificate)
    assert len(fingerprint(again)) == 64
    assert make_root("Body", now=now).kid != root.kid
