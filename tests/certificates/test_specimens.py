"""Specimens: a rehearsal refuses what issuing would refuse, and nothing that issuing would not."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest

from certificates.awards import AreaAttainment, Award, AwardInvalid
from certificates.gates import DocumentFaulty
from certificates.specimens import rehearse
from certificates.typefaces import MissingGlyph
from certificates.typesetting import DoesNotFit
from kernel.errors import DomainError

NOBODY = uuid.UUID(int=0)


def make_specimen(**changes: Any) -> Award:
    facts: dict[str, Any] = {
        "award_id": NOBODY,
        "organisation_id": NOBODY,
        "holder_id": NOBODY,
        "holder_name": "Specimen",
        "title": "Smart City Project Developer",
        "job_role": "SCPD",
        "scheme": "Smart city roles",
        "scheme_version": "1",
        "framework": "Smart city project roles, version 0.2",
        "areas": (AreaAttainment("A1", "Strategy", 5, ""),),
        "supervision": "admitted by a proctor",
        "decided_on": date(2026, 11, 22),
        "valid_from": date(2026, 11, 22),
        "valid_until": date(2029, 11, 22),
    }
    return Award(**facts | changes)


def named(count: int, name: str) -> tuple[AreaAttainment, ...]:
    return tuple(AreaAttainment(f"A{index}", name, 5, "") for index in range(count))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"title": "W" * 300},
        {"title": "Ш" * 200, "scheme": "Ω" * 250, "job_role": "M" * 64, "areas": named(4, "Щ" * 200)},
        {"areas": named(40, "Business models, finance and procurement")},
        {"areas": named(8, "W" * 200)},
    ],
)
def test_long_texts_are_laid_out(changes: dict[str, Any]) -> None:
    rehearse(make_specimen(**changes), issuer_name="Ш" * 200)


@pytest.mark.parametrize(
    ("changes", "refusal", "place"),
    [
        ({"title": ""}, AwardInvalid, "title"),
        ({"framework": "x" * 301}, AwardInvalid, "framework"),
        ({"title": "Developer, EQF level 6"}, AwardInvalid, "title"),
        ({"areas": named(1, "Strategy (EQF 5)")}, AwardInvalid, "areas/0/name"),
        ({"scheme": "智慧城市"}, MissingGlyph, "scheme"),
        ({"areas": named(100, "Strategy")}, DoesNotFit, "areas"),
    ],
)
def test_what_could_not_be_issued_is_refused_by_its_place(
    changes: dict[str, Any], refusal: type[DomainError], place: str
) -> None:
    with pytest.raises(refusal) as refused:
        rehearse(make_specimen(**changes), issuer_name="Body")
    assert {fault.place for fault in refused.value.faults} == {place}


def test_a_text_that_cannot_be_read_back_is_refused() -> None:
    with pytest.raises(DocumentFaulty):
        rehearse(make_specimen(title="Developer q\u0323\u0323"), issuer_name="Body")


def test_the_issuers_name_must_be_printable_as_well() -> None:
    with pytest.raises(MissingGlyph):
        rehearse(make_specimen(), issuer_name="認證機構")
