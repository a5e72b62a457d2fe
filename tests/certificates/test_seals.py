"""Seals: the signature over a record's and a document's hash, checked by OpenSSL as well."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from certificates.authority import Certified, fingerprint, make_root, make_signing_pair, pem
from certificates.issuers import SigningKey
from certificates.seals import Chain, make_seal, record_facts, seal_holds, trusted_chain
from certificates.signing import KeyStore
from tests.certificates.validators import run

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HASHES = ("ab" * 32, "cd" * 32)


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Certified, Chain]:
    keys, root = KeyStore(tmp_path_factory.mktemp("keys")), make_root("Body", now=NOW)
    keys.save_root(root)
    pair = make_signing_pair("Body", root.certificate, root.private_key, now=NOW)
    row = SigningKey(kid=pair.kid, certificate_pem=pem(pair.certificate), root_pem=pem(root.certificate))
    chain = trusted_chain(row, keys)
    assert chain is not None
    assert (chain.certificate, chain.kid) == (pair.certificate, pair.kid)
    assert (chain.root, chain.root_sha256) == (root.certificate, fingerprint(root.certificate))
    return pair, chain


def test_openssl_verifies_a_seal_over_the_canonical_bytes(signing: tuple[Certified, Chain], tmp_path: Path) -> None:
    pair, _ = signing
    public = pair.certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    (tmp_path / "seal").write_bytes(urlsafe_b64decode(make_seal(record_facts(*HASHES), pair.private_key)))
    sealed = f'{{"pdf_sha256":"{HASHES[1]}","snapshot_hash":"{HASHES[0]}"}}'
    (tmp_path / "sealed").write_text(sealed)
    paths = ("-verify", tmp_path / "public.pem", "-signature", tmp_path / "seal", tmp_path / "sealed")
    assert run("openssl", "dgst", "-sha256", *paths).stdout == "Verified OK\n"


@given(hashes=st.tuples(*[st.sampled_from([*HASHES, ""]) | st.text(max_size=64)] * 2))
def test_a_seal_holds_for_its_two_hashes_in_their_places_alone(
    hashes: tuple[str, str], signing: tuple[Certified, Chain]
) -> None:
    pair, chain = signing
    assert seal_holds(make_seal(record_facts(*HASHES), pair.private_key), record_facts(*hashes), chain) is (
        hashes == HASHES
    )


@given(seal=st.text() | st.binary(max_size=80).map(bytes.hex))
def test_whatever_is_no_seal_does_not_hold(seal: str, signing: tuple[Certified, Chain]) -> None:
    assert not seal_holds(seal, record_facts(*HASHES), signing[1])
