"""Awards: what somebody is entitled to have certified, by value, and what must hold of it before it is drawn.

One rule: every text is refused by its place; what a level means is never among them, it is said in our own words.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from certificates.codes import new_code
from certificates.levels import claim_faults, level_statement
from certificates.typefaces import MissingGlyph, glyph_faults, printed
from kernel.canonical import iso
from kernel.errors import Fault, Invalid

LEVELS = range(1, 9)
TEXT_CHARACTERS_MAX = 300
_PRINTED_FIELDS = ("title", "job_role", "scheme", "scheme_version", "framework", "supervision")
# The award's dates are local to the body, ``now`` is UTC: its today may already be our tomorrow.
_DAY_AHEAD = timedelta(days=1)


class AwardInvalid(Invalid):
    """The award cannot become a certificate as it stands."""

    code = "award_invalid"


@dataclass(frozen=True, slots=True)
class AreaAttainment:
    """What was attained in one area. ``level`` is None where none is stated; ``score_text`` is not printed."""

    code: str
    name: str
    level: int | None
    score_text: str


@dataclass(frozen=True, slots=True)
class Award:
    """What somebody is entitled to have certified, by value: nothing is looked up again later."""

    award_id: uuid.UUID
    organisation_id: uuid.UUID
    holder_id: uuid.UUID
    holder_name: str
    title: str
    """What the holder is certified as, for example ``Smart City Project Developer``."""
    job_role: str
    scheme: str
    scheme_version: str
    framework: str
    areas: tuple[AreaAttainment, ...]
    supervision: str
    decided_on: date
    valid_from: date
    valid_until: date | None
    """The last day of validity; None when it has no end."""
    language: str = "en"
    """The language of the award's own texts."""
    sample: bool = False


def refuse_uncertifiable(award: Award, now: datetime) -> None:
    """Refuse an award that no certificate could carry, whoever issues it.

    Raises:
        AwardInvalid: a text is empty, too long or claims an EQF level, or dates or levels are impossible.
        MissingGlyph: a text holds characters the certificate's typefaces cannot print.
    """
    texts = _texts(award)
    if faults := [*_text_faults(texts), *_fact_faults(award, now)]:
        message = "this award cannot be certified as it stands"
        raise AwardInvalid(message, faults=faults)
    refuse_unprintable(texts)


def refuse_unprintable(texts: Iterable[tuple[str, str]]) -> None:
    """Refuse texts, each with its place, that hold characters the certificate's typefaces cannot print.

    Raises:
        MissingGlyph: naming them.
    """
    if faults := [fault for place, text in texts for fault in glyph_faults(place, text)]:
        message = "some characters cannot be printed on the certificate; please write the text with others"
        raise MissingGlyph(message, faults=faults)


def snapshot_of(
    award: Award, *, issuer: Mapping[str, str | None], signature: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """Write down, as JSON, everything the credential says; texts in the form in which they are printed.

    Args:
        issuer: ``name`` and ``website``.
        signature: ``profile``, ``kid`` and ``root_sha256``.
    """
    return {
        "code": new_code(),
        "issuer": dict(issuer),
        "holder": {"name": printed(award.holder_name), "name_as_given": award.holder_name},
        "areas": [
            {"code": area.code, "name": printed(area.name), "level": area.level, "score_text": area.score_text}
            for area in award.areas
        ],
        "statement": level_statement(award.language),
        "decided_on": award.decided_on.isoformat(),
        "valid_from": award.valid_from.isoformat(),
        "valid_until": None if award.valid_until is None else award.valid_until.isoformat(),
        "language": award.language,
        "sample": award.sample,
        "issued_at": iso(now),
        "signature": dict(signature),
        **{field: printed(getattr(award, field)) for field in _PRINTED_FIELDS},
    }


def _texts(award: Award) -> list[tuple[str, str]]:
    """List the award's texts that are printed, with their places, in the form in which they are printed."""
    fields = [(field, getattr(award, field)) for field in ("holder_name", *_PRINTED_FIELDS)]
    areas = [(f"areas/{index}/name", area.name) for index, area in enumerate(award.areas)]
    return [(place, printed(text)) for place, text in [*fields, *areas]]


def _text_faults(texts: list[tuple[str, str]]) -> Iterator[Fault]:
    for place, text in texts:
        if not 0 < len(text) <= TEXT_CHARACTERS_MAX:
            yield Fault(place, f"it needs 1 to {TEXT_CHARACTERS_MAX} characters")
        if place != "holder_name":
            yield from claim_faults(place, text)


def _fact_faults(award: Award, now: datetime) -> Iterator[Fault]:
    if not award.areas:
        yield Fault("areas", "a certificate names at least one area")
    for index, area in enumerate(award.areas):
        if area.level is not None and area.level not in LEVELS:
            yield Fault(f"areas/{index}/level", f"{area.level} is none of the levels 1 to 8")
    if award.valid_until is not None and award.valid_until < award.valid_from:
        yield Fault("valid_until", f"{award.valid_until} is before valid_from, {award.valid_from}")
    if award.valid_from > now.astimezone(UTC).date() + _DAY_AHEAD:
        yield Fault("valid_from", f"{award.valid_from} has not come yet; issue the certificate on that day")
