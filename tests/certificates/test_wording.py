"""Wording: dates, levels and validity in words."""

from __future__ import annotations

from datetime import date

import pytest

from certificates.wording import certificate_wording, level_meaning, level_text, long_date
from tests.builders.certificates import ADDRESS, STATEMENT, make_snapshot


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


def test_a_level_means_what_the_issuer_says_and_nothing_is_not_a_level() -> None:
    assert level_meaning(STATEMENT, 6) == "assessed against descriptors modelled on EQF level 6 by the issuer"
    assert level_meaning(STATEMENT, None) == "no level is stated"
    assert (level_text(6), level_text(None)) == ("6", "\u2013")


def test_each_attained_level_is_explained_once() -> None:
    notes = certificate_wording(make_snapshot(), ADDRESS).level_notes
    assert [note.split(":")[0] for note in notes] == ["Level 4", "Level 5", "Level 6", "\u2013"]


def test_a_statement_without_a_level_stands_as_it_is() -> None:
    snapshot = make_snapshot(statement="passed", areas=[{"code": "A", "name": "Area", "level": 3}])
    assert certificate_wording(snapshot, ADDRESS).level_notes == ("passed",)


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
