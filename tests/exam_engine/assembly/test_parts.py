"""Parts: what a complete scheme says, and that nothing missing or empty goes unnamed."""

from __future__ import annotations

from typing import Any

import pytest

from exam_engine.assembly.parts import REQUIRED_PARTS, competences_part, gaps, misfits
from question_bank.competences import RoleCell

PROFILE = (RoleCell("A", "Area", "A.1", "First", 4), RoleCell("B", "Other area", "B.1", "Second", 6))
COMPLETE: dict[str, Any] = {
    **{name: f"The {name}." for name in REQUIRED_PARTS},
    "competences": competences_part(PROFILE),
    "level_evidence": {"4": "An examination.", "6": ["An examination.", "A portfolio."]},
    "validity_months": 36,
}


def places(parts: dict[str, Any]) -> set[str]:
    return {fault.place for fault in gaps(parts, {4, 6})}


def test_a_complete_scheme_has_no_gaps() -> None:
    assert not places(COMPLETE)


def test_parts_asked_for_by_the_standard_are_all_required() -> None:
    # ISO/IEC 17024 (2012), 8.3, in the words of the domain facts.
    asked = "scope tasks competences prerequisites code_of_conduct criteria methods surveillance suspension withdrawal"
    assert set(asked.split()) < REQUIRED_PARTS.keys()


@pytest.mark.parametrize("name", REQUIRED_PARTS)
def test_every_missing_part_is_named_with_what_it_says(name: str) -> None:
    parts = {key: part for key, part in COMPLETE.items() if key != name}
    faults = gaps(parts, {4, 6})
    assert [fault.place for fault in faults] == [f"/parts/{name}"]
    assert REQUIRED_PARTS[name] in faults[0].message


@pytest.mark.parametrize("name", REQUIRED_PARTS)
@pytest.mark.parametrize("empty", ["", "  \n", [], {}, None, 0])
def test_every_empty_part_is_named(name: str, empty: object) -> None:
    assert any(place.startswith(f"/parts/{name}") for place in places({**COMPLETE, name: empty}))


def test_an_empty_line_in_a_list_is_named() -> None:
    assert places({**COMPLETE, "tasks": ["Plans.", " "]}) == {"/parts/tasks/1"}


def test_every_level_examined_needs_its_evidence() -> None:
    assert places({**COMPLETE, "level_evidence": {"4": "An examination."}}) == {"/parts/level_evidence/6"}
    assert places({**COMPLETE, "level_evidence": {"4": "x", "6": "y", "9": "z"}}) == {"/parts/level_evidence/9"}


@pytest.mark.parametrize("months", [0, -1, 121, "36", 36.0, True])
def test_validity_is_a_whole_number_of_months(months: object) -> None:
    assert places({**COMPLETE, "validity_months": months}) == {"/parts/validity_months"}


def test_a_draft_may_lack_parts_but_not_hold_foreign_or_unstorable_ones() -> None:
    assert not misfits({"scope": ""})
    assert [fault.place for fault in misfits({"surveilance": "x", "scope": "NUL \x00"})] == [
        "/parts/scope",
        "/parts/surveilance",
    ]
