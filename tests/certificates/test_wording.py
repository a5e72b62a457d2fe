"""Wording: dates, levels and validity in words."""

from __future__ import annotations

from datetime import date

import pytest

from certificates.wording import certificate_wording, long_date
from tests.builders.certificates import ADDRESS, make_snapshot


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 1), "1 January 2026"),
        (date(2028, 2, 29), "29 February 2028"),
        (date(1999, 12, 31), "31 December 1999"),
    ],
)
def test_dates_are_written_out(day: date, expected: str) -> None:
    assert long_date(day) == expected


def test_what_a_level_means_is_said_once_and_beside_areas_without_one_that_none_is_stated() -> None:
    def notes(*levels: int | None) -> tuple[str, ...]:
        areas = [{"code": "A", "name": "Area", "level": level} for level in levels]
        return certificate_wording(make_snapshot(areas=areas), ADDRESS).level_notes

    meaning = "Level N: assessed against descriptors modelled on EQF level N by the issuer"
    unstated = "\u2013: no level is stated for this area"
    assert notes(4, 5, 4) == (meaning,)
    assert notes(4, None) == (meaning, unstated)
    assert notes(None) == (unstated,)


def test_validity_with_and_without_an_end() -> None:
    def validity(until: str | None) -> str:
        return dict(certificate_wording(make_snapshot(valid_until=until), ADDRESS).facts)["Valid"]

    assert validity("2029-11-22") == "from 22 November 2026 to 22 November 2029"
    assert validity(None) == "from 22 November 2026, without an end date"


def test_the_scheme_is_named_with_its_version_and_scope() -> None:
    facts = dict(certificate_wording(make_snapshot(), ADDRESS).facts)
    assert facts["Scheme"] == "Smart city roles, version 2"
    assert facts["Job role"] == "SCPD"
    assert facts["Competence framework"] == "Smart city project roles, version 0.1"


def test_the_reader_is_told_honestly_what_the_signature_is_worth() -> None:
    wording = certificate_wording(make_snapshot(), ADDRESS)
    assert "own certification authority" in wording.signature
    assert "in no public trust list" in wording.signature
    assert "qualified" not in wording.signature
    assert wording.fingerprint.replace(" ", "") == "9285b5bc" * 8
