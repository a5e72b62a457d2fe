"""The gates: a certificate that says something else than its record is not signed, whatever signatures would say."""

from __future__ import annotations

from io import BytesIO

import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from certificates.document import render
from certificates.gates import DocumentFaulty, check_document
from certificates.page import draw_page
from certificates.typefaces import Face, load_faces
from certificates.wording import certificate_wording
from tests.builders.certificates import ADDRESS, CODE, make_snapshot

SNAPSHOT = make_snapshot()
WORDING = certificate_wording(SNAPSHOT, ADDRESS)


def test_a_true_certificate_passes() -> None:
    check_document(render(SNAPSHOT, ADDRESS), WORDING, ADDRESS)


@pytest.mark.parametrize(
    "changes",
    [
        {"holder": {"name": "Ștefania Țirlea"}},
        {"holder": {"name": "Stefania Țîrlea"}},
        {"title": "Smart City Project Manager"},
        {"valid_until": None},
        {"sample": True},
        {"code": CODE[:-1] + "6"},
    ],
)
def test_a_single_other_word_is_noticed(changes: dict[str, object]) -> None:
    drawn = render(make_snapshot(**changes), ADDRESS)
    with pytest.raises(DocumentFaulty, match="wording"):
        check_document(drawn, WORDING, ADDRESS)


def test_a_symbol_that_leads_elsewhere_is_noticed() -> None:
    elsewhere = ADDRESS.replace("EXAMPLE", "EXAMP1E")
    with pytest.raises(DocumentFaulty, match="symbol"):
        check_document(render(SNAPSHOT, ADDRESS), WORDING, elsewhere)


def drawn_with(before: bool, after: bool, pages: int = 1) -> bytes:
    """Draw the certificate with a white sheet under or over its symbol."""
    load_faces()
    output = BytesIO()
    canvas = Canvas(output, pagesize=A4, initialFontName=Face.SANS.value)
    for _ in range(pages):
        for covers in (before, after):
            if covers:
                canvas.setFillGray(1)
                canvas.rect(40, 40, 60, 120, stroke=0, fill=1)
            if covers is before:
                draw_page(canvas, WORDING, ADDRESS)
        canvas.showPage()
    canvas.save()
    return output.getvalue()


def test_a_covered_symbol_is_noticed_although_the_text_is_right() -> None:
    with pytest.raises(DocumentFaulty, match="symbol"):
        check_document(drawn_with(before=False, after=True), WORDING, ADDRESS)


def test_a_second_page_is_noticed() -> None:
    with pytest.raises(DocumentFaulty, match="2 pages"):
        check_document(drawn_with(before=False, after=False, pages=2), WORDING, ADDRESS)


def test_a_name_that_lost_its_letters_in_the_text_layer_is_noticed() -> None:
    """The printed letters stay; without the mapping back to characters nobody can copy or hear the name."""
    writer = IncrementalPdfFileWriter(BytesIO(render(SNAPSHOT, ADDRESS)))
    fonts = writer.root["/Pages"]["/Kids"][0]["/Resources"]["/Font"]
    for name in fonts:
        del fonts[name]["/ToUnicode"]
        writer.update_container(fonts[name])
    output = BytesIO()
    writer.write(output)
    with pytest.raises(DocumentFaulty, match="wording"):
        check_document(output.getvalue(), WORDING, ADDRESS)
