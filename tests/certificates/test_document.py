"""The document: one page that says what the snapshot says, in embedded type, with a symbol any decoder reads."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageFilter
from pyhanko.pdf_utils.reader import PdfFileReader
from sqlalchemy.orm import Session

from certificates.codes import verify_url
from certificates.document import pdf_of, render
from certificates.gates import check_document
from certificates.signing import KeyStore
from certificates.typefaces import load_faces
from certificates.typesetting import DoesNotFit
from certificates.wording import certificate_wording
from tests.builders.certificates import ADDRESS, AREAS, CODE, issue_one, make_body, make_snapshot
from tests.certificates.validators import missing, page_picture, run
from tests.conftest import NOW

NAMES = ["Ελευθερία Παπαδοπούλου", "Ивайло Щърбанов", "Ștefania Țîrlea", "María José Núñez Güell", "Fiona Griffith"]
LONG = make_snapshot(
    holder={"name": "María José Núñez de la Peña y Fernández-Villaverde del Río"},
    issuer={"name": "Εθνικός Οργανισμός Πιστοποίησης Προσόντων και Επαγγελματικού Προσανατολισμού", "website": None},
    title="Smart City Project Management Consultant for Regional Innovation Ecosystems",
    framework="Smart city project roles: sample scheme modelled on Skills4Cities, the second edition, version 0.1",
    sample=True,
)


def areas(count: int) -> list[dict[str, Any]]:
    names = [name for _, name, _ in AREAS]
    return [{"code": f"A{index}", "name": names[index % len(names)], "level": index % 8 + 1} for index in range(count)]


def passes(snapshot: dict[str, Any], address: str = ADDRESS) -> bytes:
    pdf = render(snapshot, address)
    check_document(pdf, certificate_wording(snapshot, address), address)
    return pdf


@pytest.mark.parametrize("name", NAMES)
def test_poppler_reads_the_name_as_it_is_spelled(name: str, tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(passes(make_snapshot(holder={"name": name})))
    assert name in " ".join(run("pdftotext", path, "-").stdout.split())


def test_every_font_is_embedded_and_has_a_text_mapping(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pdf"
    path.write_bytes(render(LONG, ADDRESS))
    rows = run("pdffonts", path).stdout.splitlines()[2:]
    assert len(rows) >= 3
    for row in rows:
        embedded, subset, unicode_map = row.split()[-5:-2]
        assert (embedded, subset, unicode_map) == ("yes", "yes", "yes"), row
        assert "Noto" in row


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9, 17, 24, 40])
@pytest.mark.parametrize("snapshot", [make_snapshot(), make_snapshot(sample=True)], ids=["real", "sample"])
def test_any_number_of_areas_is_laid_out_on_the_one_page(count: int, snapshot: dict[str, Any]) -> None:
    passes(snapshot | {"areas": areas(count)})


def test_long_texts_wrap_and_pass_the_gates() -> None:
    passes(LONG)


def test_more_than_a_page_can_hold_is_refused() -> None:
    with pytest.raises(DoesNotFit, match="one page"):
        render(make_snapshot(areas=areas(100)), ADDRESS)


def test_every_character_that_counts_as_printable_survives_the_text_layer() -> None:
    letters = [
        chr(code)
        for code in sorted(load_faces())
        if unicodedata.category(chr(code))[0] in "LNPS" and unicodedata.is_normalized("NFC", chr(code))
    ]
    assert len(letters) > 2000
    for start in range(0, len(letters), 60):
        chunk = letters[start : start + 60]
        name = " ".join("".join(chunk[index : index + 10]) for index in range(0, len(chunk), 10))
        passes(make_snapshot(areas=[{"code": "A", "name": name, "level": 1}]))


def test_the_title_language_author_and_subject_are_in_the_file() -> None:
    reader = PdfFileReader(BytesIO(render(make_snapshot(), ADDRESS)))
    information = reader.trailer["/Info"]
    assert information["/Title"] == "Smart City Project Developer: certificate of Ștefania Țîrlea"
    assert information["/Author"] == "Open Certification Institute"
    assert information["/Subject"] == "Smart city roles, version 2"
    assert information["/CreationDate"] == "D:20261122090000+00'00'"
    assert reader.root["/Lang"] == "en"


def test_the_page_is_one_sheet_of_a4() -> None:
    document = pypdfium2.PdfDocument(render(LONG, ADDRESS))
    assert len(document) == 1
    width, height = document[0].get_size()
    assert (round(width), round(height)) == (595, 842)
    document.close()


def test_a_level_is_never_called_an_eqf_level_by_itself() -> None:
    text = " ".join(certificate_wording(make_snapshot(), ADDRESS).in_order())
    assert (
        text.count("EQF level") == text.count("assessed against descriptors modelled on EQF level N by the issuer") == 1
    )


def test_only_a_sample_is_marked_as_one() -> None:
    def words(snapshot: dict[str, Any]) -> str:
        return " ".join(certificate_wording(snapshot, ADDRESS).in_order())

    assert "SAMPLE" in words(make_snapshot(sample=True))
    assert "it certifies nothing" in words(make_snapshot(sample=True))
    assert "sample" not in words(make_snapshot()).lower()


def test_the_printed_address_leads_where_the_symbol_leads() -> None:
    address = certificate_wording(make_snapshot(), ADDRESS).address
    assert address == f"https://certify.example.org/v/{CODE}"
    assert verify_url(address.removesuffix(f"/v/{CODE}"), CODE) == ADDRESS


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    assert render(LONG, ADDRESS) == render(LONG, ADDRESS)


def test_threads_that_draw_at_once_do_not_mix_their_pages() -> None:
    snapshots = [make_snapshot(holder={"name": name}) for name in NAMES] * 6
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(passes, snapshots))
    assert drawn == [render(snapshot, ADDRESS) for snapshot in snapshots]


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return page_picture(render(make_snapshot(sample=True), ADDRESS), dpi=150)


def test_a_second_decoder_reads_the_symbol_on_the_whole_page(picture: Image.Image) -> None:
    try:
        from pyzbar.pyzbar import ZBarSymbol, decode
    except ImportError:
        missing("the zbar library is not installed: apt-get install libzbar0")
    (found,) = decode(picture, symbols=[ZBarSymbol.QRCODE])
    assert found.data.decode() == ADDRESS


def test_the_symbol_survives_a_bad_photograph(picture: Image.Image) -> None:
    poor = BytesIO()
    picture.rotate(7, fillcolor=255).filter(ImageFilter.GaussianBlur(1)).save(poor, "JPEG", quality=35)
    found = zxingcpp.read_barcode(Image.open(poor), zxingcpp.barcode_formats_from_str("QRCode"))
    assert found is not None
    assert found.text == ADDRESS
    assert found.ec_level == "M"


@pytest.mark.parametrize(
    "address",
    [f"HTTP://A.B/V/{CODE}", ADDRESS, f"HTTPS://{'SUB.' * 20}EXAMPLE.ORG/V/{CODE}", f"HTTPS://E.ORG/Exams/V/{CODE}"],
)
def test_the_symbol_is_large_enough_and_stands_in_white(address: str) -> None:
    dpi = 300
    picture = page_picture(passes(make_snapshot(sample=True), address), dpi=dpi)
    found = zxingcpp.read_barcode(picture, zxingcpp.barcode_formats_from_str("QRCode"))
    assert found is not None
    corner, opposite = found.position.top_left, found.position.bottom_right
    side = (opposite.x - corner.x) / dpi * 25.4
    assert side >= 25
    symbol = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    module = side / symbol.to_image(scale=1, add_quiet_zones=False).shape[0]
    assert module >= 0.4
    quiet = int(3.9 * module / 25.4 * dpi)
    around = picture.crop((corner.x - quiet, corner.y - quiet, opposite.x + quiet, opposite.y + quiet)).copy()
    around.paste(255, (quiet - 3, quiet - 3, quiet + 3 + opposite.x - corner.x, quiet + 3 + opposite.y - corner.y))
    assert around.getextrema() == (255, 255)


def test_the_stored_document_is_given_back_byte_for_byte(tx: Session, keys: KeyStore) -> None:
    credential = issue_one(tx, make_body(tx), keys=keys, now=NOW)
    tx.expire_all()
    assert pdf_of(tx, credential).startswith(b"%PDF-")
