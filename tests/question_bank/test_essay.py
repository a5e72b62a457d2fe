"""Essays: their rubrics, what candidates are told of them, and what levels come to."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.delivery.answers import answer_to, shared_slot
from exam_engine.delivery.responses import ForeignResponse
from exam_engine.http.saves import BODY_BYTES_MAX
from kernel.errors import Invalid
from question_bank.item_kinds import JudgedKind
from question_bank.item_kinds.essay import KIND, WORDS_MAX, WRITTEN_BYTES_MAX
from question_bank.item_kinds.rubrics import Criterion, Rubric, UnfitMarks
from question_bank.translations import misfits
from tests.builders.samples import SAMPLES

CONTENT = SAMPLES["essay"].content


def faults_with(place: tuple[Any, ...], value: Any) -> dict[str, str]:
    content = deepcopy(CONTENT)
    inner: Any = content
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return {fault.place: fault.message for fault in KIND.faults(content)}


@pytest.mark.parametrize(
    ("place", "value", "where", "words"),
    [
        (("rubric",), [], "/rubric", "needs 1 to 10"),
        (("rubric", 0, "levels", 2, "points"), 1, "/rubric/0/levels/2/points", "earns already"),
        (("rubric", 0, "levels", 0, "points"), 2, "/rubric/0/levels", "no level worth 0"),
        (("rubric", 0, "levels", 0, "points"), "0", "/rubric/0/levels/0/points", "whole number"),
        (("rubric", 0, "levels", 0, "points"), 101, "/rubric/0/levels/0/points", "outside"),
        (("rubric", 1, "id"), "facts", "/rubric/1/id", "stands already"),
        (("words",), {}, "/words", "neither"),
        (("words", "max"), 4, "/words/max", "less than min"),
        (("words", "max"), WORDS_MAX + 1, "/words/max", "outside"),
        (("guidance",), "  ", "/guidance", "empty"),
    ],
)
def test_a_rubric_that_markers_cannot_use_is_refused(
    place: tuple[Any, ...], value: Any, where: str, words: str
) -> None:
    faults = faults_with(place, value)
    assert words in faults[where]


def test_limits_guidance_and_model_answer_may_be_left_out() -> None:
    bare = {name: value for name, value in CONTENT.items() if name not in {"words", "guidance", "model_answer"}}
    assert KIND.faults(bare) == []
    assert KIND.candidate_content(bare, {})["words"] == {}
    assert KIND.candidate_content(CONTENT, {}) == {
        "kind": "essay",
        "stem": "<p>What comes first?</p>",
        "words": {"min": 5, "max": 300},
    }


@pytest.mark.parametrize("word", ["wort", "слово", "λέξη"])
def test_the_longest_essay_that_is_asked_for_can_be_saved(word: str) -> None:
    text = " ".join([word] * WORDS_MAX)
    assert KIND.read_response({}, {"text": text}) == {"text": text}
    assert WRITTEN_BYTES_MAX < BODY_BYTES_MAX - 1000


@pytest.mark.parametrize("text", ["x" * WRITTEN_BYTES_MAX, "\n" * (WRITTEN_BYTES_MAX // 2), "\ud800" * 6000, 5, None])
def test_what_cannot_be_kept_is_refused_at_its_place(text: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        KIND.read_response({}, {"text": text})
    assert [fault.place for fault in refusal.value.faults] == ["/text"]


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\u0007"])
def test_what_cannot_be_stored_is_refused_on_its_way_in(text: str) -> None:
    with pytest.raises(ForeignResponse) as refusal:
        answer_to(shared_slot("essay", {}), f'{{"text": "{text}"}}'.encode())
    assert [fault.place for fault in refusal.value.faults] == ["response/text"]


def test_an_essay_is_judged_and_a_choice_is_not() -> None:
    from question_bank.item_kinds import MARKED_BY_PEOPLE, kind_named

    assert frozenset({"essay", "upload"}) == MARKED_BY_PEOPLE
    assert not isinstance(kind_named("single_choice"), JudgedKind)


def test_a_translation_says_the_rubric_in_other_words_and_leaves_its_points() -> None:
    other = deepcopy(CONTENT)
    other["rubric"][0]["text"] = "Fakten"
    other["rubric"][0]["levels"][0]["text"] = "Nichts"
    other |= {"guidance": "Hinweise", "model_answer": "So."}
    assert misfits(CONTENT, other) == []
    other["rubric"][0]["levels"][2]["points"] = 5
    other["words"]["max"] = 400
    assert {fault.place for fault in misfits(CONTENT, other)} == {"/rubric/0/levels/2/points", "/words/max"}


# The arithmetic of rubrics


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    criteria = []
    for number in range(draw(st.integers(1, 4))):
        points = draw(st.lists(st.integers(1, 100), min_size=1, max_size=4, unique=True))
        criteria.append(Criterion(f"c{number}", {f"l{point}": point for point in (0, *points)}))
    return Rubric(tuple(criteria))


def pick(data: st.DataObject, rubric: Rubric) -> dict[str, str]:
    return {
        criterion.id: data.draw(st.sampled_from(sorted(criterion.points)), label=criterion.id)
        for criterion in rubric.criteria
    }


@given(rubrics(), st.data())
def test_the_worst_answer_is_worth_nothing_the_best_everything_and_a_better_level_more(
    rubric: Rubric, data: st.DataObject
) -> None:
    worst = {criterion.id: min(criterion.points, key=criterion.points.__getitem__) for criterion in rubric.criteria}
    best = {criterion.id: max(criterion.points, key=criterion.points.__getitem__) for criterion in rubric.criteria}
    chosen = pick(data, rubric)
    assert (rubric.fraction(worst), rubric.fraction(best)) == (0, 1)
    assert 0 <= rubric.fraction(chosen) <= 1
    assert rubric.fraction(chosen) * rubric.most == rubric.points(chosen)
    criterion = data.draw(st.sampled_from(rubric.criteria))
    raised = rubric.fraction(chosen | {criterion.id: best[criterion.id]})
    gained = criterion.most - criterion.points[chosen[criterion.id]]
    assert raised - rubric.fraction(chosen) == Fraction(gained, rubric.most)


@given(rubrics(), st.data())
def test_marks_that_leave_out_or_add_a_criterion_are_refused_with_its_place(
    rubric: Rubric, data: st.DataObject
) -> None:
    chosen = pick(data, rubric)
    left_out = data.draw(st.sampled_from(sorted(chosen)))
    for marks in (
        {id_: level for id_, level in chosen.items() if id_ != left_out},
        chosen | {left_out: "foreign"},
    ):
        with pytest.raises(UnfitMarks) as refusal:
            rubric.fraction(marks)
        assert [fault.place for fault in refusal.value.faults] == [f"/{left_out}"]
    with pytest.raises(UnfitMarks):
        rubric.fraction(chosen | {"foreign": "l0"})
