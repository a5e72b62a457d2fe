"""What is written is marked elsewhere as it is marked here, whatever is answered."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.interchange.qti.item_mapping import WRITERS, write_item
from question_bank.interchange.qti.items import identifier_of
from question_bank.interchange.qti.vocabulary import VOCABULARIES
from question_bank.interchange.qti.xml_trees import written
from question_bank.item_kinds import KINDS, MARKED_BY_PEOPLE, CreditTable
from tests.question_bank.interchange.qti.contents import Json, entries
from tests.question_bank.interchange.qti.processor import score

NOT_CONTENT = ("code", "kind", "competence", "level", "cognitive", "expected_difficulty", "expected_seconds", "enemies")


def content_of(entry: Json) -> Json:
    return {name: member for name, member in entry.items() if name not in NOT_CONTENT}


def ids(things: list[Json]) -> list[str]:
    return [thing["id"] for thing in things]


@st.composite
def answers(  # noqa: PLR0911 - one for each kind
    draw: st.DrawFn, kind: str, content: Json
) -> tuple[Json, dict[str, Any]]:
    """An answer as the product reads it, and the responses of QTI that say the same."""
    match kind:
        case "single_choice" | "multiple_choice":
            most = 1 if kind == "single_choice" else None
            chosen = draw(st.lists(st.sampled_from(ids(content["options"])), max_size=most, unique=True))
            named = [identifier_of(id_) for id_ in chosen]
            return {"chosen": chosen}, {"RESPONSE": (named or [None])[0] if most else named}
        case "hotspot":
            several = content.get("choose") == "several"
            chosen = draw(
                st.lists(st.sampled_from(ids(content["spots"])), max_size=None if several else 1, unique=True)
            )
            named = [identifier_of(id_) for id_ in chosen]
            return {"chosen": chosen}, {"RESPONSE": named if several else (named or [None])[0]}
        case "matrix" | "matching":
            member, left, right = (
                ("marked", "rows", "columns") if kind == "matrix" else ("matched", "premises", "counterparts")
            )
            used = draw(st.lists(st.sampled_from(ids(content[left])), unique=True))
            once = kind == "matching" and content.get("use") != "often"
            rights = draw(st.permutations(ids(content[right]))) if once else None
            pairs = {
                id_: rights[n] if rights else draw(st.sampled_from([content["key"][id_], *ids(content[right])]))
                for n, id_ in enumerate(used)
            }
            return {member: pairs}, {"RESPONSE": [f"{identifier_of(a)} {identifier_of(b)}" for a, b in pairs.items()]}
        case "ordering":
            order = draw(st.one_of(st.permutations(content["key"]), st.just(content["key"])))
            return {"ordered": list(order)}, {"RESPONSE": [identifier_of(id_) for id_ in order]}
        case "gap_select":
            filled = {
                gap["id"]: draw(st.sampled_from([gap["key"], *ids(gap["options"])]))
                for gap in content["gaps"]
                if draw(st.booleans())
            }
            return {"filled": filled}, {f"RESPONSE_{gap}": identifier_of(id_) for gap, id_ in filled.items()}
        case "gap_text":
            filled = {gap["id"]: draw(st.sampled_from([*gap["accepted"], "LANE", "none"])) for gap in content["gaps"]}
            return {"filled": filled}, {f"RESPONSE_{gap}": text for gap, text in filled.items()}
        case "short_text":
            typed = draw(st.sampled_from([*content["accepted"], "LANE", "none"]))
            return {"text": typed}, {"RESPONSE": typed}
        case _:
            value = draw(
                st.sampled_from(["12.5", "12.4", "12.6", "12500", "0", "0.7", "0.66", "-0.3", "7", "25.2", "0.1"])
            )
            units = content.get("units", ())
            number = draw(st.sampled_from(range(len(units)))) if units else None
            unit = {} if number is None else {"unit": units[number]["unit"]}
            return {"number": {"value": value} | unit}, {"RESPONSE": value} | (
                {} if number is None else {"UNIT": f"U{number + 1}"}
            )


@pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=VOCABULARIES)
@pytest.mark.parametrize("kind", sorted(set(WRITERS) - MARKED_BY_PEOPLE))
@settings(max_examples=10)
@given(data=st.data())
def test_whatever_is_answered_is_worth_the_same(kind: str, vocabulary: Any, data: st.DataObject) -> None:
    entry = data.draw(entries(kind))
    answer, responses = data.draw(answers(kind, content_of(entry)))
    mark = KINDS[kind].mark(content_of(entry), answer, CreditTable.EXACT)
    document = written(write_item(entry, "en", vocabulary), vocabulary)
    assert score(document, responses) == mark.fraction


def test_every_kind_is_written() -> None:
    assert set(WRITERS) == set(KINDS)


def test_the_processor_itself_tells_right_from_wrong() -> None:
    entry = {"code": "A", "kind": "multiple_choice", "stem": "?", "key": ["a", "b"], "rationale": "r", "source": "s"}
    entry["options"] = [{"id": id_, "text": id_} for id_ in "abc"]
    document = written(write_item(entry, "en", VOCABULARIES["qti2"]), VOCABULARIES["qti2"])
    assert score(document, {"RESPONSE": ["a"]}) == Fraction(1, 2)
    assert score(document, {"RESPONSE": ["a", "b"]}) == 1
    assert score(document, {"RESPONSE": ["a", "b", "c"]}) == 0
    assert score(document, {}) == 0
