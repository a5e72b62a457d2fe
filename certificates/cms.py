"""The CMS of a signature: DER written once per signing certificate, in which only digest and signature change.

Building it anew with a general ASN.1 library costs hundreds of times the ECDSA signature itself. The structure is a
PAdES baseline B-B SignedData (ETSI EN 319 142-1, 6.3; RFC 5652; RFC 5035): no signing-time attribute, and the
signing certificate bound by ESS signing-certificate-v2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

_INTEGER, _OCTET_STRING, _NULL, _OID, _SEQUENCE, _SET = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
_CONTEXT_0, _CONTEXT_4 = 0xA0, 0xA4


def _der(tag: int, *parts: bytes) -> bytes:
    """Encode one value with a definite length."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:  # noqa: PLR2004 - the short form of X.690, 8.1.3.4
        return bytes([tag, size]) + content
    width = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | width]) + size.to_bytes(width, "big") + content


def _set_of(values: Iterable[bytes], tag: int = _SET) -> bytes:
    return _der(tag, *sorted(values))


def _attribute(oid: bytes, value: bytes) -> bytes:
    return _der(_SEQUENCE, oid, _der(_SET, value))


_DATA = _der(_OID, bytes.fromhex("2a864886f70d010701"))  # 1.2.840.113549.1.7.1
_SIGNED_DATA = _der(_OID, bytes.fromhex("2a864886f70d010702"))  # 1.2.840.113549.1.7.2
_CONTENT_TYPE = _der(_OID, bytes.fromhex("2a864886f70d010903"))  # 1.2.840.113549.1.9.3
_MESSAGE_DIGEST = _der(_OID, bytes.fromhex("2a864886f70d010904"))  # 1.2.840.113549.1.9.4
_SIGNING_CERTIFICATE_V2 = _der(_OID, bytes.fromhex("2a864886f70d010910022f"))  # 1.2.840.113549.1.9.16.2.47
_SHA256 = _der(_SEQUENCE, _der(_OID, bytes.fromhex("608648016503040201")), _der(_NULL))  # 2.16.840.1.101.3.4.2.1
# ecdsa-with-SHA256, 1.2.840.10045.4.3.2. The public key's own identifier here makes validators refuse the file.
_ECDSA_SHA256 = _der(_SEQUENCE, _der(_OID, bytes.fromhex("2a8648ce3d040302")))
_VERSION_1 = _der(_INTEGER, b"\x01")
_DIGEST_OCTETS = 32
_SIGNATURE_OCTETS_MAX = 72  # SEQUENCE of two INTEGERs of up to 33 octets


@dataclass(frozen=True, slots=True)
class CmsTemplate:
    """Everything of a SignedData that stays the same under one signing certificate, in DER."""

    certificates: bytes
    issuer_and_serial: bytes
    signing_certificate: bytes

    @classmethod
    def for_certificate(cls, certificate: x509.Certificate, root: x509.Certificate) -> CmsTemplate:
        """Prepare the template for a P-256 signing certificate issued by the root."""
        encoded = certificate.public_bytes(Encoding.DER)
        issuer = certificate.issuer.public_bytes()
        serial = certificate.serial_number
        number = _der(_INTEGER, serial.to_bytes(serial.bit_length() // 8 + 1, "big"))
        issuer_serial = _der(_SEQUENCE, _der(_SEQUENCE, _der(_CONTEXT_4, issuer)), number)
        certificate_id = _der(_SEQUENCE, _der(_OCTET_STRING, hashlib.sha256(encoded).digest()), issuer_serial)
        return cls(
            certificates=_set_of([encoded, root.public_bytes(Encoding.DER)], _CONTEXT_0),
            issuer_and_serial=_der(_SEQUENCE, issuer, number),
            signing_certificate=_attribute(_SIGNING_CERTIFICATE_V2, _der(_SEQUENCE, _der(_SEQUENCE, certificate_id))),
        )

    @property
    def octets_max(self) -> int:
        """The size of the longest ContentInfo this template can give; ECDSA signatures vary in length."""
        return len(self._assemble(self._attributes(bytes(_DIGEST_OCTETS)), bytes(_SIGNATURE_OCTETS_MAX)))

    def sign(self, document_digest: bytes, private_key: ec.EllipticCurvePrivateKey) -> bytes:
        """Return the DER ContentInfo that signs a document's SHA-256 digest (32 octets)."""
        attributes = self._attributes(document_digest)
        # RFC 5652, 5.4: the signature covers the attributes as a SET OF, although they travel under the tag [0].
        return self._assemble(attributes, private_key.sign(_set_of(attributes), ec.ECDSA(SHA256())))

    def _attributes(self, document_digest: bytes) -> list[bytes]:
        return [
            _attribute(_CONTENT_TYPE, _DATA),
            _attribute(_MESSAGE_DIGEST, _der(_OCTET_STRING, document_digest)),
            self.signing_certificate,
        ]

    def _assemble(self, attributes: list[bytes], signature: bytes) -> bytes:
        signer = _der(
            _SEQUENCE,
            _VERSION_1,
            self.issuer_and_serial,
            _SHA256,
            _set_of(attributes, _CONTEXT_0),
            _ECDSA_SHA256,
            _der(_OCTET_STRING, signature),
        )
        content = _der(_SEQUENCE, _DATA)
        signed = _der(_SEQUENCE, _VERSION_1, _der(_SET, _SHA256), content, self.certificates, _der(_SET, signer))
        return _der(_SEQUENCE, _SIGNED_DATA, _der(_CONTEXT_0, signed))
