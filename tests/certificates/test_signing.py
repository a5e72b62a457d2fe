"""Signing: keys in files, and signatures that other people's validators accept and that betray every change."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.status import SignatureCoverageLevel
from sqlalchemy import select
from sqlalchemy.orm import Session

from certificates.authority import ROOT_LIFETIME, kid_of, make_root, make_signing_pair, pem, read_pem
from certificates.document import render
from certificates.issuers import SigningKey, current_signing_key
from certificates.signing import FIELD_NAME, VERIFIABLE_FOR, KeyStore, SigningUnavailable, ensure_issuer, sign_pdf
from kernel.errors import Invalid
from tests.builders.certificates import ADDRESS, make_snapshot
from tests.builders.kernel import make_organisation
from tests.certificates.validators import pdfsig_report, pyhanko_status

# In the past of every machine this runs on: pdfsig judges certificates by the machine's own clock.
SIGNED_AT = datetime(2025, 3, 1, 12, 30, tzinfo=UTC)
SIGNER = "Open Certification Institute"


def make_key(folder: Path) -> tuple[KeyStore, SigningKey]:
    root = make_root(SIGNER, now=SIGNED_AT)
    signing = make_signing_pair(SIGNER, root.certificate, root.private_key, now=SIGNED_AT)
    keys = KeyStore(folder)
    keys.save(signing)
    return keys, SigningKey(kid=signing.kid, certificate_pem=pem(signing.certificate), root_pem=pem(root.certificate))


@pytest.fixture(scope="module")
def key_and_store(tmp_path_factory: pytest.TempPathFactory) -> tuple[KeyStore, SigningKey]:
    return make_key(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def root_pem(key_and_store: tuple[KeyStore, SigningKey]) -> str:
    return key_and_store[1].root_pem


@pytest.fixture(scope="module")
def signed(key_and_store: tuple[KeyStore, SigningKey]) -> bytes:
    keys, key = key_and_store
    return sign_pdf(render(make_snapshot(), ADDRESS), key, signer_name=SIGNER, keys=keys, now=SIGNED_AT)


def test_pyhanko_finds_a_whole_certified_document_under_our_root_alone(signed: bytes, root_pem: str) -> None:
    status = pyhanko_status(signed, root_pem, moment=SIGNED_AT)
    assert status.bottom_line
    assert status.trusted
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert status.modification_level is ModificationLevel.NONE
    assert status.docmdp_ok
    assert status.md_algorithm == "sha256"


def test_pdfsig_agrees(signed: bytes, root_pem: str, tmp_path: Path) -> None:
    report = pdfsig_report(signed, root_pem, tmp_path / "nss")
    assert "Signature is Valid" in report
    assert "Certificate is Trusted" in report
    assert "Total document signed" in report
    assert "ETSI.CAdES.detached" in report


def test_the_signature_is_a_pades_certification_that_permits_no_change(signed: bytes) -> None:
    (signature,) = PdfFileReader(BytesIO(signed)).embedded_signatures
    assert signature.field_name == FIELD_NAME
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.docmdp_level is MDPPerm.NO_CHANGES
    assert signature.self_reported_timestamp == SIGNED_AT
    attributes = {attribute["type"].native for attribute in signature.signer_info["signed_attrs"]}
    assert attributes == {"content_type", "message_digest", "signing_certificate_v2"}


def test_title_author_and_subject_stand_in_the_metadata_of_the_signed_revision(signed: bytes) -> None:
    metadata = PdfFileReader(BytesIO(signed)).root["/Metadata"].data.decode()
    for said in (
        *("Smart City Project Developer: certificate of Ștefania Țîrlea", "Open Certification Institute"),
        *("Smart city roles, version 2", 'xmp:CreateDate="2026-11-22T09:00:00+00:00"'),
    ):
        assert said in metadata


def test_the_field_is_invisible(signed: bytes) -> None:
    (signature,) = PdfFileReader(BytesIO(signed)).embedded_signatures
    assert list(signature.sig_field["/Rect"]) == [0, 0, 0, 0]


def test_another_root_of_the_same_name_is_not_trusted(signed: bytes, tmp_path: Path) -> None:
    stranger = pem(make_root(SIGNER, now=SIGNED_AT).certificate)
    status = pyhanko_status(signed, stranger, moment=SIGNED_AT)
    assert status.intact
    assert not status.trusted
    assert not status.bottom_line
    assert "Certificate is Trusted" not in pdfsig_report(signed, stranger, tmp_path / "nss")


def test_the_signature_is_not_trusted_before_or_after_its_certificates_time(signed: bytes, root_pem: str) -> None:
    for moment in (SIGNED_AT - timedelta(days=2), SIGNED_AT + ROOT_LIFETIME + timedelta(days=1)):
        assert not pyhanko_status(signed, root_pem, moment=moment).bottom_line


def flipped_byte(signed: bytes) -> bytes:
    place = signed.index(b"stream") + 40
    return signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]


def appended_page_text(signed: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    text = generic.StreamObject(stream_data=b"BT 1 0 0 1 100 100 Tm (level 8) Tj ET")
    writer.add_stream_to_page(0, writer.add_object(text))
    return written(writer)


def added_catalog_key(signed: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    writer.root["/OpenAction"] = generic.DictionaryObject({pdf_name("/S"): pdf_name("/JavaScript")})
    writer.update_root()
    return written(writer)


def replaced_page(signed: bytes) -> bytes:
    """Shadow the page: the same object number, another content."""
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b""))
    writer.update_container(page)
    return written(writer)


def widened_byte_range(signed: bytes) -> bytes:
    """Leave a gap between the two ranges that is larger than the signature."""
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", signed)
    assert found
    start, second, length = (int(number) for number in found.groups())
    changed = b"/ByteRange [0 %d %d %d]" % (start - 10, second, length)
    return signed.replace(found.group(), changed.ljust(len(found.group())))


def written(writer: IncrementalPdfFileWriter) -> bytes:
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


@pytest.mark.parametrize(
    "attack", [flipped_byte, appended_page_text, added_catalog_key, replaced_page, widened_byte_range]
)
def test_pyhanko_reports_every_attack(attack: Callable[[bytes], bytes], signed: bytes, root_pem: str) -> None:
    attacked = attack(signed)
    assert attacked != signed
    assert not pyhanko_status(attacked, root_pem, moment=SIGNED_AT).bottom_line


def test_an_appended_text_is_told_apart_from_a_broken_file(signed: bytes, root_pem: str) -> None:
    status = pyhanko_status(appended_page_text(signed), root_pem, moment=SIGNED_AT)
    assert status.intact
    assert status.modification_level is ModificationLevel.OTHER
    assert not status.docmdp_ok


@pytest.mark.parametrize(
    ("attack", "said"), [(flipped_byte, "Digest Mismatch"), (appended_page_text, "Not total document signed")]
)
def test_pdfsig_notices_too(
    attack: Callable[[bytes], bytes], said: str, signed: bytes, root_pem: str, tmp_path: Path
) -> None:
    assert said in pdfsig_report(attack(signed), root_pem, tmp_path / "nss")


def test_private_keys_lie_in_files_only_the_owner_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "keys"
    certified = make_root("Body", now=SIGNED_AT)
    KeyStore(folder).save(certified)
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    loaded = KeyStore(folder).private_key(certified.kid)
    assert loaded.private_numbers() == certified.private_key.private_numbers()


def test_a_roots_certificate_lies_beside_its_key_and_vouches_for_no_other(tmp_path: Path) -> None:
    keys, root, stranger = KeyStore(tmp_path), *(make_root("Body", now=SIGNED_AT) for _ in range(2))
    assert not keys.keeps_root(root.certificate)
    keys.save_root(root)
    assert {path.name for path in tmp_path.iterdir()} == {f"{root.kid}.pem", f"{root.kid}.crt"}
    assert read_pem((tmp_path / f"{root.kid}.crt").read_text()) == root.certificate
    assert keys.keeps_root(root.certificate)
    keys.save(stranger)
    assert not keys.keeps_root(stranger.certificate)


def test_a_loaded_key_is_kept(tmp_path: Path) -> None:
    certified = make_root("Body", now=SIGNED_AT)
    keys = KeyStore(tmp_path)
    keys.save(certified)
    assert keys.private_key(certified.kid) is keys.private_key(certified.kid)


def lose(path: Path) -> None:
    path.unlink()


def lay_open(path: Path) -> None:
    path.chmod(0o640)


def garble(path: Path) -> None:
    path.write_text("-----BEGIN PRIVATE KEY-----\nnot a key\n-----END PRIVATE KEY-----\n")


@pytest.mark.parametrize(("harm", "said"), [(lose, "backup"), (lay_open, "chmod 600"), (garble, "backup")])
def test_a_lost_open_or_garbled_key_stops_signing_and_says_what_to_do(
    harm: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    keys, key = make_key(tmp_path)
    harm(tmp_path / f"{key.kid}.pem")
    with pytest.raises(SigningUnavailable, match=said):
        sign_pdf(b"", key, signer_name=SIGNER, keys=keys, now=SIGNED_AT)


def test_the_first_use_makes_an_issuer_with_a_chain_and_the_next_use_finds_it(
    tx: Session, keys: KeyStore, now: datetime
) -> None:
    organisation = make_organisation(tx)
    issuer = ensure_issuer(tx, organisation.id, name=" Body ", website="https://b.example", keys=keys, now=now)
    assert issuer.name == "Body"
    key = current_signing_key(tx, issuer)
    assert key is not None
    certificate, root = read_pem(key.certificate_pem), read_pem(key.root_pem)
    certificate.verify_directly_issued_by(root)
    assert keys.private_key(key.kid).public_key() == certificate.public_key()
    assert keys.private_key(kid_of(root)).public_key() == root.public_key()
    again = ensure_issuer(tx, organisation.id, name="Other name", website=None, keys=keys, now=now)
    assert (again.id, again.name) == (issuer.id, "Body")
    assert current_signing_key(tx, again) is key


def test_the_database_holds_no_private_key(tx: Session, keys: KeyStore, now: datetime) -> None:
    organisation = make_organisation(tx)
    ensure_issuer(tx, organisation.id, name="Body", website=None, keys=keys, now=now)
    (row,) = tx.execute(select(SigningKey.__table__)).all()
    assert not any("PRIVATE" in str(value) for value in row)


def test_two_bodies_have_two_roots(tx: Session, keys: KeyStore, now: datetime) -> None:
    roots = set()
    for _ in range(2):
        issuer = ensure_issuer(tx, make_organisation(tx).id, name="Body", website=None, keys=keys, now=now)
        key = current_signing_key(tx, issuer)
        assert key is not None
        roots.add(key.root_pem)
    assert len(roots) == 2


def test_a_key_is_replaced_under_the_same_root_before_its_signatures_could_outlive_it(
    tx: Session, keys: KeyStore, now: datetime
) -> None:
    organisation_id = make_organisation(tx).id

    def key_at(moment: datetime) -> SigningKey:
        issuer = ensure_issuer(tx, organisation_id, name="Body", website=None, keys=keys, now=moment)
        key = current_signing_key(tx, issuer)
        assert key is not None
        return key

    first = key_at(now)
    last_moment = first.valid_until - VERIFIABLE_FOR
    assert key_at(last_moment) is first
    second = key_at(last_moment + timedelta(seconds=1))
    assert second is not first
    assert first.retired_at == last_moment + timedelta(seconds=1)
    assert second.root_pem == first.root_pem
    assert second.valid_until - second.created_at >= VERIFIABLE_FOR


def test_a_root_that_would_end_before_a_new_signing_certificate_is_replaced_too(
    tx: Session, keys: KeyStore, now: datetime
) -> None:
    organisation_id = make_organisation(tx).id
    roots = []
    for moment in (now, now + timedelta(days=365 * 19)):
        issuer = ensure_issuer(tx, organisation_id, name="Body", website=None, keys=keys, now=moment)
        key = current_signing_key(tx, issuer)
        assert key is not None
        assert read_pem(key.root_pem).not_valid_after_utc >= key.valid_until
        roots.append(key.root_pem)
    assert roots[0] != roots[1]


def test_an_issuer_without_a_name_is_refused(tx: Session, keys: KeyStore, now: datetime) -> None:
    with pytest.raises(Invalid, match="name"):
        ensure_issuer(tx, make_organisation(tx).id, name="  ", website=None, keys=keys, now=now)
