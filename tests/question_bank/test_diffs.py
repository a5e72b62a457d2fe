"""Diffs: what is told is all there is, it stands where it is said to stand, and words add up to both sides."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.diffs import Change, How, Piece, Side, changes_between, pieces_between
from tests.builders.question_bank import item_document
from tests.builders.samples import SAMPLES

Document = dict[str, Any]
LEAF = "a value that was changed"
words = st.lists(st.sampled_from(["the ", "city", " plans", ",", "\n\n", "où", "(a)", "  ", "lane."])).map("".join)
texts = st.one_of(words, st.text(max_size=30))


def things(below: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Lists of things with ids, in any order."""
    return st.lists(
        st.tuples(st.sampled_from("abcde"), st.dictionaries(st.sampled_from(["text", "feedback", "key"]), below)),
        max_size=5,
        unique_by=lambda pair: pair[0],
    ).map(lambda pairs: [{"id": id_, **rest} for id_, rest in pairs])


leaves = st.one_of(texts, st.integers(0, 2), st.booleans(), st.none(), st.lists(st.sampled_from("abc"), max_size=3))
values = st.one_of(
    leaves, st.dictionaries(st.sampled_from(["r/1", "r~2"]), leaves), things(st.one_of(leaves, things(leaves)))
)
documents = st.dictionaries(st.sampled_from(["stem", "level", "options", "key", "rows", "source"]), values)


class _Sorted(list[Any]):
    """A list whose order was told, and is compared no more."""


_GONE = object()


def found(document: Document, place: str) -> tuple[Any, Any]:
    """The holder of a place and what the place is called in it."""
    holder: Any = document
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in place.split("/")[1:]]
    steps: list[Any] = []
    for token in tokens:
        holder = holder[steps[-1]] if steps else holder
        steps.append(int(token) if isinstance(holder, list) else token)
    return holder, steps[-1]


def unchanged(document: Document, changes: list[Change], side: str) -> Any:
    """What is left of one side when everything that was told is taken away."""
    left = copy.deepcopy(document)
    for change in sorted(changes, key=lambda change: change.how is not How.REORDERED):
        place = getattr(change, f"place_{side}")
        if place is None:
            continue
        holder, name = found(left, place)
        if change.how is How.REORDERED:
            holder[name] = _Sorted(holder[name])
        else:
            holder[name] = LEAF if change.how is How.CHANGED else _GONE
    return cleaned(left)


def cleaned(value: Any) -> Any:
    match value:
        case dict():
            return {name: cleaned(member) for name, member in value.items() if member is not _GONE}
        case list():
            kept = [cleaned(element) for element in value if element is not _GONE]
            return sorted(kept, key=lambda thing: str(thing["id"])) if isinstance(value, _Sorted) else kept
        case _:
            return (type(value), value)


@given(documents, documents)
def test_nothing_is_lost(before: Document, after: Document) -> None:
    changes = changes_between(before, after)
    assert unchanged(before, changes, "before") == unchanged(after, changes, "after")


@given(documents, documents)
def test_what_is_told_stands_where_it_is_said_to_stand(before: Document, after: Document) -> None:
    for change in changes_between(before, after):
        for document, place, value in (
            (before, change.place_before, change.before),
            (after, change.place_after, change.after),
        ):
            if place is not None:
                holder, name = found(document, place)
                told = [thing["id"] for thing in holder[name]] if change.how is How.REORDERED else holder[name]
                assert told == value
            else:
                assert value is None
        assert (change.place_before is None) == (change.how is How.ADDED)
        assert (change.place_after is None) == (change.how is How.REMOVED)


@given(documents)
def test_what_is_equal_has_no_changes(document: Document) -> None:
    assert changes_between(document, copy.deepcopy(document)) == []


@given(documents, documents)
def test_looking_back_tells_the_same_the_other_way_round(before: Document, after: Document) -> None:
    there, back = changes_between(before, after), changes_between(after, before)
    assert {(c.place_before, c.place_after) for c in there} == {(c.place_after, c.place_before) for c in back}


@given(texts, texts)
def test_the_pieces_of_one_side_joined_are_that_side(before: str, after: str) -> None:
    pieces = pieces_between(before, after)
    assert "".join(piece.text for piece in pieces if piece.side is not Side.AFTER) == before
    assert "".join(piece.text for piece in pieces if piece.side is not Side.BEFORE) == after
    assert all(piece.text for piece in pieces)


@given(st.text())
def test_a_text_is_equal_to_itself_in_one_piece(text: str) -> None:
    assert pieces_between(text, text) == ((Piece(Side.BOTH, text),) if text else ())


def test_words_are_compared_as_words() -> None:
    assert pieces_between("The city counts riders.", "The city first counts riders!") == (
        Piece(Side.BOTH, "The city "),
        Piece(Side.AFTER, "first "),
        Piece(Side.BOTH, "counts riders"),
        Piece(Side.BEFORE, "."),
        Piece(Side.AFTER, "!"),
    )


def test_an_option_that_moved_is_not_rewritten() -> None:
    before = item_document()
    after = before | {"options": [before["options"][number] for number in (2, 0, 1, 3)]}
    (change,) = changes_between(before, after)
    assert (change.how, change.place_before, change.before, change.after) == (
        How.REORDERED,
        "/options",
        ["a", "b", "c", "d"],
        ["c", "a", "b", "d"],
    )


def test_an_option_is_found_by_its_id_wherever_it_stands() -> None:
    before = item_document()
    moved = [{**option} for option in reversed(before["options"])]
    moved[2]["text"] = "Another option"
    _, change = changes_between(before, before | {"options": moved})
    assert (change.thing, change.place_before, change.place_after) == (
        "options b",
        "/options/1/text",
        "/options/2/text",
    )
    assert change.pieces == (
        Piece(Side.BEFORE, "Option b"),
        Piece(Side.AFTER, "Another option"),
    )


def test_things_come_and_go() -> None:
    before = item_document()
    after = before | {"options": [{"id": "e", "text": "New"}, *before["options"][1:]]}
    gone, come = changes_between(before, after)
    assert (gone.how, gone.thing, gone.place_before, gone.before) == (
        How.REMOVED,
        "options a",
        "/options/0",
        before["options"][0],
    )
    assert (come.how, come.thing, come.place_after, come.after) == (
        How.ADDED,
        "options e",
        "/options/0",
        {"id": "e", "text": "New"},
    )


def test_places_come_in_the_order_of_reading() -> None:
    before = item_document(level=4)
    options = [{**option, "text": f"{option['text']}!"} for option in before["options"]]
    after = before | {
        "source": "Another", "key": ["a"], "rationale": "Because.", "options": options, "stem": "What?", "level": 5
    }  # fmt: skip
    places = [change.place_after for change in changes_between(before, after)]
    options_told = [f"/options/{number}/text" for number in range(4)]
    assert places == ["/level", "/stem", *options_told, "/key", "/rationale", "/source"]


def test_gaps_within_things_are_named_by_both() -> None:
    before = {"gaps": [{"id": "w", "options": [{"id": "a", "text": "2 m"}]}]}
    after = {"gaps": [{"id": "w", "options": [{"id": "a", "text": "3 m"}]}]}
    (change,) = changes_between(before, after)
    assert (change.thing, change.place_after) == ("gaps w options a", "/gaps/0/options/0/text")


@pytest.mark.parametrize("kind", SAMPLES)
def test_items_of_every_kind_are_compared(kind: str) -> None:
    before = SAMPLES[kind].content
    after = {**before, "stem": "What else?"}
    assert [change.place_after for change in changes_between(before, after)] == ["/stem"]
