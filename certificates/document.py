"""The document: the one-page PDF of a certificate, drawn from its snapshot and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.orm import Session

from certificates.codes import verify_url
from certificates.credentials import CertificateDocument, Credential
from certificates.gates import check_document
from certificates.page import draw_page
from certificates.typefaces import Face, load_faces
from certificates.wording import LANGUAGE, certificate_wording

rl_config.useA85 = 0  # text-only streams were for mail systems of the past; they make every file a quarter larger


def render(snapshot: Mapping[str, Any], verify_url: str) -> bytes:
    """Draw a certificate: one page of A4 with embedded fonts, language, title, author and subject; not yet signed.

    The same snapshot and address give the same bytes.

    Raises:
        DoesNotFit: the texts have no room on the page.
    """
    load_faces()
    output = BytesIO()
    # The face named here is set at the top of every page; ReportLab's own choice would be a font it does not embed.
    canvas = Canvas(output, pagesize=A4, lang=LANGUAGE, initialFontName=Face.SANS.value, invariant=1)
    canvas.setTitle(f"{snapshot['title']}: certificate of {snapshot['holder']['name']}")
    canvas.setAuthor(snapshot["issuer"]["name"])
    canvas.setSubject(f"{snapshot['scheme']}, version {snapshot['scheme_version']}")
    canvas.setCreator("Exam Engine")
    issued_at = datetime.fromisoformat(snapshot["issued_at"])
    canvas.setDateFormatter(lambda *_: f"D:{issued_at:%Y%m%d%H%M%S}+00'00'")
    draw_page(canvas, certificate_wording(snapshot, verify_url), verify_url)
    canvas.save()
    return output.getvalue()


def draw_checked(snapshot: Mapping[str, Any], public_url: str) -> bytes:
    """Draw a certificate and read it back through the gates.

    Raises:
        DoesNotFit: the texts have no room on the page.
        DocumentFaulty: the drawn page does not say what it should.
    """
    address = verify_url(public_url, snapshot["code"])
    drawn = render(snapshot, address)
    check_document(drawn, certificate_wording(snapshot, address), address)
    return drawn


def pdf_of(tx: Session, credential: Credential) -> bytes:
    """Return the signed PDF of a credential, byte for byte as it was issued."""
    return tx.get_one(CertificateDocument, credential.id).pdf
