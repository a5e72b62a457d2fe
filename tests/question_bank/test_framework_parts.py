"""Parts of a framework document: found by what they say, written with where it comes from, followed by references."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import NotFound
from question_bank.framework_parts import (
    PartChanged,
    PartKind,
    find_part,
    part_at,
    parts_of,
    seal_of,
    with_part,
    with_part_moved,
    without_part,
)
from tests.builders.question_bank import framework_document

AREA, ROLE, COMPETENCE = PartKind.AREA, PartKind.ROLE, PartKind.COMPETENCE
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "area", "eqf"]), inner),
    max_leaves=6,
)


def codes(document: dict[str, Any], kind: PartKind) -> list[str]:
    return [part["code"] for part in parts_of(document, kind)]


def with_tasks() -> dict[str, Any]:
    document = framework_document()
    task = {"code": "T1", "text": "Plans.", "competences": ["A.1", "A.2"]}
    document["roles"][0]["tasks"] = [{**task, "provenance": dict.fromkeys(task, "proposed")}]
    return document


def test_a_part_is_found_by_what_it_says_wherever_it_stands_now() -> None:
    document = framework_document()
    seal = seal_of(document["competences"][2])
    moved = with_part_moved(document, AREA, 0, is_up=False)
    moved["competences"].insert(0, {"code": "X"})
    assert find_part(document, COMPETENCE, 2, seal) == 2
    assert find_part(moved, COMPETENCE, 2, seal) == 3
    moved["competences"][3]["name"] = "Another"
    with pytest.raises(PartChanged):
        find_part(moved, COMPETENCE, 2, seal)


def test_of_two_that_say_the_same_the_one_that_was_seen_is_meant() -> None:
    document = {"areas": [{"code": "A"}, {"code": "A"}]}
    assert find_part(document, AREA, 1, seal_of({"code": "A"})) == 1


def test_what_keeps_its_words_keeps_its_sources_and_the_rest_is_proposed() -> None:
    document = framework_document()
    competence = document["competences"][0]
    competence["provenance"] = dict.fromkeys(("code", "area", "name", "description", "eqf"), "sourced")
    competence["sources"] = {name: ["study"] for name in competence["provenance"]}
    written = {**competence, "name": "Other words", "basis": [{"source": "study", "topic": "Ducts"}]}
    after = with_part(document, COMPETENCE, 0, written)["competences"][0]
    assert after["provenance"]["name"] == after["provenance"]["basis"] == "proposed"
    assert after["provenance"]["description"] == "sourced"
    assert after["sources"].keys() == {"code", "area", "description", "eqf"}


def test_elements_keep_where_they_come_from_under_another_code() -> None:
    document = with_tasks()
    task = document["roles"][0]["tasks"][0]
    task["provenance"] = dict.fromkeys(("code", "text", "competences"), "sourced")
    task["sources"] = {name: ["study"] for name in task["provenance"]}
    role = {**document["roles"][0], "tasks": [{**task, "code": "T9", "was": "T1"}, {"code": "T2", "text": "Digs."}]}
    first, second = with_part(document, ROLE, 0, role)["roles"][0]["tasks"]
    assert (first["provenance"], set(first["sources"])) == (
        {"code": "proposed", "text": "sourced", "competences": "sourced"},
        {"text", "competences"},
    )
    assert "was" not in first
    assert second["provenance"] == {"code": "proposed", "text": "proposed"}
    assert "sources" not in second


def test_references_follow_another_code() -> None:
    document = with_tasks()
    area = with_part(document, AREA, 0, {**document["areas"][0], "code": "Z"})
    assert [one["area"] for one in area["competences"]] == ["Z", "Z", "B"]
    role = with_part(document, ROLE, 0, {**document["roles"][0], "code": "ENG"})
    assert [one["eqf"] for one in role["competences"]] == [{"ENG": 4, "MAN": 5}, {"ENG": 5}, {"ENG": 6, "MAN": 6}]
    competence = with_part(document, COMPETENCE, 0, {**document["competences"][0], "code": "A.9"})
    assert competence["roles"][0]["tasks"][0]["competences"] == ["A.9", "A.2"]


def test_a_code_that_another_part_has_as_well_takes_nothing_with_it() -> None:
    document = framework_document()
    document["areas"].append({**document["areas"][0]})
    changed = with_part(document, AREA, 2, {**document["areas"][2], "code": "C"})
    assert [one["area"] for one in changed["competences"]] == ["A", "A", "B"]


def test_levels_and_mentions_go_with_what_is_taken_away() -> None:
    document = with_tasks()
    assert [one["eqf"] for one in without_part(document, ROLE, 0)["competences"]] == [{"MAN": 5}, {}, {"MAN": 6}]
    shorter = without_part(document, COMPETENCE, 0)
    assert codes(shorter, COMPETENCE) == ["A.2", "B.1"]
    assert shorter["roles"][0]["tasks"][0]["competences"] == ["A.2"]


def test_a_competence_moves_among_those_of_its_area() -> None:
    document = framework_document()
    document["competences"].append({**document["competences"][0], "code": "A.3"})
    up = with_part_moved(document, COMPETENCE, 3, is_up=True)
    assert codes(up, COMPETENCE) == ["A.1", "A.3", "B.1", "A.2"]
    assert with_part_moved(document, COMPETENCE, 2, is_up=True) == document
    assert codes(with_part_moved(document, AREA, 0, is_up=False), AREA) == ["B", "A"]


def test_a_part_is_added_and_the_head_written() -> None:
    document = framework_document()
    added = with_part(document, AREA, None, {"code": "C", "name": "Water"})
    assert added["areas"][2] == {
        "code": "C",
        "name": "Water",
        "provenance": {"code": "proposed", "name": "proposed"},
    }
    head = part_at(document, PartKind.HEAD, 0)
    assert with_part(document, PartKind.HEAD, 0, {**head, "sources": {}}) == {**document, "sources": {}}
    with pytest.raises(NotFound):
        part_at(document, AREA, 7)


@given(areas=JSON, competences=JSON, roles=JSON, kind=st.sampled_from([AREA, ROLE, COMPETENCE]), is_up=st.booleans())
def test_whatever_a_draft_holds_can_be_mended_and_is_not_changed_in_place(
    areas: object, competences: object, roles: object, kind: PartKind, is_up: bool
) -> None:
    document = {"areas": areas, "competences": competences, "roles": roles}
    before = deepcopy(document)
    added = with_part(document, kind, None, {"code": "N"})
    index = len(parts_of(added, kind)) - 1
    changed = with_part(added, kind, index, {"code": "M"})
    with_part_moved(changed, kind, index, is_up=is_up)
    if isinstance(document[kind.value], list):
        assert parts_of(without_part(changed, kind, index), kind) == parts_of(without_part(added, kind, index), kind)
    assert document == before
