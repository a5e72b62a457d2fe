"""Gates: what every certificate must pass before it is signed, judged on the finished file by another program.

One rule: signature validators approve a certificate with a wrong name as readily as a right one, so the name, every
other word and the symbol are read back from the file before it is signed.
"""

from __future__ import annotations

import unicodedata
from threading import Lock

import pypdfium2
import zxingcpp
from pypdfium2.raw import FPDF_PAGEOBJ_TEXT

from certificates.page import SYMBOL_REGION
from certificates.wording import Wording
from kernel.errors import DomainError

RENDERED_DPI = 150
_POINTS_PER_INCH = 72
_PDFIUM = Lock()  # PDFium must not be entered by two threads at once
_LINE_END_HYPHENS = str.maketrans({"\x02": "-", "\ufffe": "-"})  # how PDFium reports a hyphen that ends a line


class DocumentFaulty(DomainError):
    """A drawn certificate does not say what it should; it was not signed."""

    code = "document_faulty"
    status = 500
    title = "The certificate could not be made"


def check_document(pdf: bytes, wording: Wording, verify_url: str) -> None:
    """Read a drawn certificate back and compare it with what it should say.

    Raises:
        DocumentFaulty: it has not exactly one page, the text layer is not the wording, word for word, or the symbol
            on the page rendered at 150 dpi does not decode to the address.
    """
    with _PDFIUM:
        pages, text, decoded = _read(pdf)
    if pages != 1:
        message = f"the certificate has {pages} pages instead of one"
        raise DocumentFaulty(message)
    if _squeezed(text) != _squeezed("".join(wording.in_order())):
        message = "the text layer of the certificate is not its wording"
        raise DocumentFaulty(message)
    if decoded != verify_url:
        message = "the symbol on the certificate does not decode to its address"
        raise DocumentFaulty(message)


def _read(pdf: bytes) -> tuple[int, str, str | None]:
    """Return the number of pages, the first page's text and what its symbol decodes to."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        width, height = page.get_size()
        left, bottom, right, top = SYMBOL_REGION
        around = (left, bottom, width - right, height - top)
        bitmap = page.render(scale=RENDERED_DPI / _POINTS_PER_INCH, crop=around, grayscale=True)
        symbol = zxingcpp.read_barcode(bitmap.to_numpy(), zxingcpp.barcode_formats_from_str("QRCode"))
        bitmap.close()
        textpage = page.get_textpage()
        pieces = page.get_objects(filter=[FPDF_PAGEOBJ_TEXT], textpage=textpage)
        # Piece by piece as it was drawn: the order PDFium guesses for a whole page changes with the space between lines.
        text = "".join(piece.extract() for piece in pieces)
        return len(document), text, None if symbol is None else symbol.text
    finally:
        document.close()


def _squeezed(text: str) -> str:
    """Drop all white space, which a page has no single truth about, and take compatibility forms apart."""
    return "".join(unicodedata.normalize("NFKC", text.translate(_LINE_END_HYPHENS)).split())
