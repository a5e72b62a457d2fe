"""Wording: every word of a certificate, worked out from its snapshot before anything is drawn.

One rule: the page shows these texts in this order and no other, which the text gate then checks word for word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from certificates.codes import grouped
from certificates.levels import UNSTATED_LEVEL, level_meaning, level_text

LANGUAGE = "en"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_CERTIFIES = "certifies that"
_MEETS = "meets all requirements for certification as"
_SAMPLE = "SAMPLE"
_SAMPLE_NOTE = "Sample certificate, made with a sample scheme: it certifies nothing."
_CHECK = "Scan the code or open the address below. There anyone can see whether this certificate still holds."
_SIGNATURE = (
    "This file carries the issuer's electronic signature (PAdES baseline B; every later change is detected)."
    " The issuer's own certification authority, which is in no public trust list, issued the signing certificate."
    " Its root certificate's SHA-256 fingerprint:"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one certificate, top to bottom. ``sample`` and ``watermark`` are empty on a real one."""

    watermark: str
    issuer: str
    certifies: str
    holder: str
    meets: str
    title: str
    sample: str
    area_heading: str
    level_heading: str
    areas: tuple[tuple[str, str], ...]
    level_notes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    number_label: str
    number: str
    check: str
    address: str
    signature: str
    fingerprint: str

    def area_columns(self) -> list[tuple[tuple[str, str], ...]]:
        """Return the areas in one column when there is one, otherwise in two, the first one filled first."""
        half = (len(self.areas) + 1) // 2
        return [column for column in (self.areas[:half], self.areas[half:]) if column]

    def in_order(self) -> list[str]:
        """Return every text in reading order."""
        opening = [self.watermark, self.issuer, self.certifies, self.holder, self.meets, self.title, self.sample]
        areas = [
            text
            for column in self.area_columns()
            for pair in ((self.area_heading, self.level_heading), *column)
            for text in pair
        ]
        facts = [text for pair in self.facts for text in pair]
        closing = [self.number_label, self.number, self.check, self.address, self.signature, self.fingerprint]
        return [*opening, *areas, *self.level_notes, *facts, *closing]


def certificate_wording(snapshot: Mapping[str, Any], verify_url: str) -> Wording:
    """Put a snapshot into words."""
    sample = snapshot["sample"]
    return Wording(
        watermark=_SAMPLE if sample else "",
        issuer=snapshot["issuer"]["name"],
        certifies=_CERTIFIES,
        holder=snapshot["holder"]["name"],
        meets=_MEETS,
        title=snapshot["title"],
        sample=_SAMPLE_NOTE if sample else "",
        area_heading="Area assessed",
        level_heading="Level",
        areas=tuple((area["name"], level_text(area["level"])) for area in snapshot["areas"]),
        level_notes=_level_notes(snapshot),
        facts=_facts(snapshot),
        number_label="Certificate number",
        number=grouped(snapshot["code"]),
        check=_CHECK,
        address=_readable(verify_url),
        signature=_SIGNATURE,
        fingerprint=_in_groups(snapshot["signature"]["root_sha256"]),
    )


def long_date(day: date) -> str:
    """Write ``22 November 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _level_notes(snapshot: Mapping[str, Any]) -> tuple[str, ...]:
    levels = {area["level"] for area in snapshot["areas"]}
    meaning = f"Level N: {level_meaning(snapshot['statement'], 'N')}"
    unstated = f"{UNSTATED_LEVEL}: no level is stated for this area"
    return (*([meaning] if levels - {None} else []), *([unstated] if None in levels else []))


def _facts(snapshot: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return (
        ("Scheme", f"{snapshot['scheme']}, version {snapshot['scheme_version']}"),
        ("Job role", snapshot["job_role"]),
        ("Competence framework", snapshot["framework"]),
        ("Supervision of the exam", snapshot["supervision"]),
        ("Decided on", long_date(date.fromisoformat(snapshot["decided_on"]))),
        ("Valid", _validity(snapshot)),
    )


def _validity(snapshot: Mapping[str, Any]) -> str:
    start = long_date(date.fromisoformat(snapshot["valid_from"]))
    if snapshot["valid_until"] is None:
        return f"from {start}, without an end date"
    return f"from {start} to {long_date(date.fromisoformat(snapshot['valid_until']))}"


def _readable(verify_url: str) -> str:
    """Write the address for people: scheme, host and route in lower case, the code as it is."""
    front, _, code = verify_url.rpartition("/V/")
    scheme, _, rest = front.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}/v/{code}"


def _in_groups(fingerprint: str) -> str:
    return " ".join(fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4))
