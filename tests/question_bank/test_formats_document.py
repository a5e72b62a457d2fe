"""The examples of docs/formats.md are what they claim to be: documents that import."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.orm import Session

from question_bank.interchange.bank_json import import_bank
from question_bank.interchange.framework_json import import_framework
from tests.builders.kernel import NOW
from tests.builders.question_bank import make_staff

DOCUMENT = Path(__file__).parents[2] / "docs" / "formats.md"


def test_both_examples_import(tx: Session) -> None:
    scheme, bank, _ = re.findall(r"^```json\n(.*?)^```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    staff = make_staff(tx)
    framework = import_framework(
        tx, staff.organisation.id, scheme.encode(), file="formats.md", actor=staff.manager, now=NOW
    )
    versions = import_bank(tx, framework, bank.encode(), file="formats.md", actor=staff.author, now=NOW)
    assert [version.kind for version in versions] == ["single_choice", "multiple_choice"]
