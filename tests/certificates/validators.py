"""Other people's programs and libraries as judges of our certificates, each by its own rules."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

DEBIAN_PACKAGES = {
    "pdfsig": "poppler-utils",
    "pdffonts": "poppler-utils",
    "pdftotext": "poppler-utils",
    "certutil": "libnss3-tools",
    "openssl": "openssl",
}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a validator; where it is not installed, fail or skip with the way to install it."""
    program = str(command[0])
    if shutil.which(program) is None:
        missing(f"{program} is not installed: apt-get install {DEBIAN_PACKAGES[program]}")
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=60)


def missing(hint: str) -> None:
    """Skip a test whose validator is missing; a run that requires the servers requires the validators too."""
    if os.environ.get("EXAM_ENGINE_TEST_REQUIRE_SERVERS"):
        pytest.fail(hint)
    pytest.skip(hint)


def pyhanko_status(pdf: bytes, root_pem: str, *, moment: datetime) -> PdfSignatureStatus:
    """Judge the first signature with pyHanko: only our root is trusted, nothing is fetched, the whole file is read."""
    root = x509.Certificate.load(load_pem_x509_certificate(root_pem.encode()).public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], moment=moment, allow_fetching=False)
    signature = PdfFileReader(BytesIO(pdf), strict=False).embedded_signatures[0]
    return validate_pdf_signature(signature, context)


def pdfsig_report(pdf: bytes, root_pem: str, folder: Path) -> str:
    """Judge all signatures with poppler and NSS: a fresh certificate database that trusts our root alone."""
    folder.mkdir()
    (folder / "root.pem").write_text(root_pem)
    (folder / "certificate.pdf").write_bytes(pdf)
    run("certutil", "-N", "-d", folder, "--empty-password")
    added = run("certutil", "-A", "-d", folder, "-n", "root", "-t", "CT,C,C", "-i", folder / "root.pem")
    assert added.returncode == 0, added.stderr
    return run("pdfsig", "-nssdir", folder, folder / "certificate.pdf").stdout


def page_picture(pdf: bytes, *, dpi: int) -> Image.Image:
    """Render the whole page, grey, as a viewer shows it."""
    document = pypdfium2.PdfDocument(pdf)
    picture = document[0].render(scale=dpi / 72, grayscale=True).to_pil().copy()
    document.close()
    return picture
