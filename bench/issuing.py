"""Certificates per second: our whole pipeline (draw, gates, sign) against the plain stack an engineer would write.

The plain stack is ReportLab, segno and pyHanko's own signer with a P-256 key and default settings: the same words in
two embedded faces, the same address in the symbol, a PAdES certification; and no gates. Both start from a snapshot.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from certificates.authority import kid_of, make_root, make_signing_pair, pem
from certificates.document import render
from certificates.gates import check_document
from certificates.issuers import SigningKey
from certificates.signing import KeyStore, sign_pdf
from certificates.typefaces import FONTS, Face
from certificates.wording import certificate_wording

TARGET = 2.0
ROUNDS = 15
CERTIFICATES_PER_ROUND = 8
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ISSUER = "Open Certification Institute"
CODE = "3K7QXJ2M9TQ4WZRC5"
ADDRESS = f"HTTPS://CERTIFY.EXAMPLE.ORG/V/{CODE}"
NAMES = ("Ελευθερία Παπαδοπούλου", "Ивайло Щърбанов", "Ștefania Țîrlea", "María José Núñez Güell")
AREAS = (
    *("City strategy and governance", "Innovation and concept design", "Business models, finance and procurement"),
    *("Project and programme management", "Leadership and change", "Stakeholders, citizens and communication"),
    *("Technology and data", "Sustainability, impact and advice"),
)
Issue = Callable[[str], bytes]


def rows() -> list[dict[str, Any]]:
    """Measure both in alternating rounds of one run and return one row; rates are medians per second."""
    with tempfile.TemporaryDirectory() as folder:
        ours, reference = _pipelines(Path(folder))
        rates = _measure({"ours": ours, "reference": reference})
    return [
        {
            "name": "issue_vs_plain_stack",
            "ours": round(rates["ours"], 1),
            "reference": round(rates["reference"], 1),
            "ratio": round(rates["ours"] / rates["reference"], 2),
            "target": TARGET,
            "unit": "certificates/s",
        }
    ]


def _measure(pipelines: dict[str, Issue]) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in pipelines}
    for issue in pipelines.values():
        issue(NAMES[0])  # fonts, keys and templates are loaded once in a process's life
    for _ in range(ROUNDS):
        for name, issue in pipelines.items():
            started = time.perf_counter()
            for number in range(CERTIFICATES_PER_ROUND):
                issue(NAMES[number % len(NAMES)])
            seconds[name].append(time.perf_counter() - started)
    return {name: CERTIFICATES_PER_ROUND / statistics.median(taken) for name, taken in seconds.items()}


def _pipelines(folder: Path) -> tuple[Issue, Issue]:
    root = make_root(ISSUER, now=NOW)
    signing = make_signing_pair(ISSUER, root.certificate, root.private_key, now=NOW)
    keys = KeyStore(folder)
    for name, face in (("plain-serif", Face.SERIF), ("plain-sans", Face.SANS)):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"{face.value}.ttf")))
    keys.save(signing)
    row = SigningKey(kid=signing.kid, certificate_pem=pem(signing.certificate), root_pem=pem(root.certificate))
    (folder / "certificate.pem").write_text(pem(signing.certificate))
    (folder / "root.pem").write_text(pem(root.certificate))
    signer = signers.SimpleSigner.load(
        str(folder / f"{kid_of(signing.certificate)}.pem"),
        str(folder / "certificate.pem"),
        ca_chain_files=(str(folder / "root.pem"),),
    )

    def ours(name: str) -> bytes:
        snapshot = _snapshot(name)
        drawn = render(snapshot, ADDRESS)
        check_document(drawn, certificate_wording(snapshot, ADDRESS), ADDRESS)
        return sign_pdf(drawn, row, signer_name=ISSUER, keys=keys, now=NOW)

    def reference(name: str) -> bytes:
        return _plainly_signed(_plainly_drawn(_snapshot(name)), signer)

    return ours, reference


def _plainly_drawn(snapshot: dict[str, Any]) -> bytes:
    output = BytesIO()
    canvas = Canvas(output, pagesize=A4, initialFontName="plain-sans")
    wording = certificate_wording(snapshot, ADDRESS)
    for index, text in enumerate(wording.in_order()):
        is_heading = text in {wording.holder, wording.title}
        canvas.setFont("plain-serif" if is_heading else "plain-sans", 20 if is_heading else 8)
        canvas.drawString(60, 790 - index * 15, text)
    for row_index, row in enumerate(segno.make(ADDRESS, error="m").matrix):
        for column, dark in enumerate(row):
            if dark:
                canvas.rect(460 + column * 3, 160 - row_index * 3, 3, 3, stroke=0, fill=1)
    canvas.save()
    return output.getvalue()


def _plainly_signed(pdf: bytes, signer: signers.SimpleSigner) -> bytes:
    metadata = signers.PdfSignatureMetadata(
        field_name="Signature",
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    signed: BytesIO = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), metadata, signer=signer)
    return signed.getvalue()


def _snapshot(name: str) -> dict[str, Any]:
    return {
        "code": CODE,
        "issuer": {"name": ISSUER, "website": None},
        "holder": {"name": name},
        "title": "Smart City Project Developer",
        "job_role": "SCPD",
        "scheme": "Smart city roles",
        "scheme_version": "1",
        "framework": "Smart city project roles, version 0.1",
        "statement": "assessed against descriptors modelled on EQF level {level} by the issuer",
        "areas": [{"name": area, "level": 4 + index % 3} for index, area in enumerate(AREAS)],
        "supervision": "proctored, identity checked",
        "decided_on": "2026-11-22",
        "valid_from": "2026-11-22",
        "valid_until": "2029-11-22",
        "sample": False,
        "issued_at": "2026-11-22T09:00:00.000000Z",
        "signature": {"root_sha256": "9285b5bc" * 8},
    }


if __name__ == "__main__":
    for measured in rows():
        print(measured)
