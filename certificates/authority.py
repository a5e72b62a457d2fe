"""The authority: an issuer's own small certification authority, a root and the signing certificates under it.

One rule: nothing here stores a key; it makes key pairs and certificates and hands them to whoever keeps them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ROOT_LIFETIME = timedelta(days=365 * 30)
SIGNING_LIFETIME = timedelta(days=365 * 12)
# RFC 9336. NSS, and with it pdfsig, trusts a signer with this usage only when e-mail protection stands beside it.
_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_NAME_OCTETS_MAX = 64  # ub-common-name and ub-organization-name of RFC 5280, counted in UTF-8 to be safe everywhere
_KID_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Certified:
    """A fresh private key and the certificate for its public half."""

    private_key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def kid(self) -> str:
        """The key's identifier."""
        return kid_of(self.certificate)


def make_root(issuer_name: str, *, now: datetime) -> Certified:
    """Make a self-signed P-256 root that may sign certificates and nothing below them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(issuer_name, "Root CA")
    builder = _builder(name, name, key, now, ROOT_LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
    return Certified(key, builder.sign(key, SHA256()))


def make_signing_pair(
    issuer_name: str, root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey, *, now: datetime
) -> Certified:
    """Make a P-256 key pair for signing documents, certified by the root."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(issuer_name, "certificates"), root.subject, key, now, SIGNING_LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(digital_signature=True, content_commitment=True), critical=True)
    usages = x509.ExtendedKeyUsage([_DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    builder = builder.add_extension(usages, critical=False)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    builder = builder.add_extension(authority, critical=False)
    return Certified(key, builder.sign(root_key, SHA256()))


def kid_of(certificate: x509.Certificate) -> str:
    """Return the identifier of a certified key: the first 16 hexadecimal characters of its SHA-256 (SPKI)."""
    public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()[:_KID_CHARACTERS]


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the lower-case hexadecimal SHA-256 of a certificate, the number by which people compare roots."""
    return certificate.fingerprint(SHA256()).hex()


def pem(certificate: x509.Certificate) -> str:
    """Write a certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def read_pem(text: str) -> x509.Certificate:
    """Read a certificate written by :func:`pem`."""
    return x509.load_pem_x509_certificate(text.encode())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(issuer_name: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _cut(issuer_name, _NAME_OCTETS_MAX)),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{_cut(issuer_name, _NAME_OCTETS_MAX - len(role) - 1)} {role}"),
        ]
    )


def _cut(text: str, octets: int) -> str:
    return text.encode()[:octets].decode(errors="ignore").rstrip()


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
