"""Words of importing and exporting: what formats are called, and what becomes of what a document says.

One rule: formats are those of the bank (``FORMATS``); one without a title here goes by its own name.
"""

from __future__ import annotations

from collections.abc import Mapping

from exam_engine.http.web.words import N_, Sign
from question_bank.interchange.exporting_words import TRANSLATED
from question_bank.interchange.losses import LossKind
from question_bank.translations import Lack

_TITLES: Mapping[str, str] = {
    "bank": "Exam Engine",
    "gift": "GIFT",
    "aiken": "Aiken",
    "moodle": "Moodle XML",
    "csv": "CSV",
    "xlsx": "Excel (XLSX)",
    "qti3": "QTI 3.0",
    "qti2": "QTI 2.2",
}
LOSSES: Mapping[LossKind, Sign] = {
    LossKind.REFUSED: Sign(N_("Refused"), "bad", "invalid", N_("Not taken in. That holds nothing else up.")),
    LossKind.OPEN: Sign(
        N_("Open"),
        "warn",
        "unknown",
        N_("Missing, and needed here. Fill it in for all below, or these are not taken in."),
    ),
    LossKind.CHANGED: Sign(
        N_("Changes its meaning"), "warn", "alert", N_("Taken in, but afterwards it says something else or less.")
    ),
    LossKind.SUPPLIED: Sign(
        N_("Supplied"), "quiet", "info", N_("Not said by the document; taken from what you filled in.")
    ),
    LossKind.EXTENSION: Sign(
        N_("Taken along"), "quiet", "info", N_("Kept whole, but where only this product reads it.")
    ),
}
"""In the order in which a person should read them."""
EXACT = Sign(N_("Exact"), "good", "valid", N_("Said here exactly as it is said there."))
BECOMING: Mapping[str, Sign] = {
    "new": Sign(N_("New"), "live", "valid"),
    "next": Sign(N_("Next version"), "warn", "refresh"),
    "same": Sign(N_("As it is"), "quiet", "check"),
}

LACKS: Mapping[str, Sign] = {
    Lack.MISSING: Sign(N_("Never translated"), "warn", "unknown"),
    Lack.OUTDATED: Sign(N_("Outdated"), "warn", "refresh"),
    TRANSLATED: Sign(N_("Translated"), "good", "valid"),
}
"""What items say in another language, beside what they say now."""


def title_of(format_name: str) -> str:
    """Return what people call a format; a proper name, the same in every language."""
    return _TITLES.get(format_name, format_name)
