"""Papers: every order equally likely, the same from the same seed, and nothing on them that helps to answer."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from exam_engine.delivery.attempts import submit
from exam_engine.delivery.paper import PaperSealed, candidate_paper, draw_paper, draws_from, shuffled
from exam_engine.delivery.responses import Response
from question_bank.items import ItemVersion
from tests.builders.delivery import (
    TIME_LIMIT_SECONDS,
    make_candidate,
    make_house,
    make_running_attempt,
    make_waiting_attempt,
)

DRAWS = 24_000
CHI_SQUARE_23 = 49.728
"""Upper 0.1 % point of the chi-square distribution with 23 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.4)."""
CHI_SQUARE_15 = 37.697
"""The same with 15 degrees of freedom."""


def version(place: int, *, options: str) -> ItemVersion:
    content = {"stem": f"Stem {place}", "options": [{"id": id_, "text": id_} for id_ in options], "key": [options[0]]}
    return ItemVersion(id=uuid.UUID(int=place), kind="single_choice", content=content)


def chi_square(counts: Counter[object], cells: int) -> float:
    expected = counts.total() / cells
    seen = sum((count - expected) ** 2 / expected for count in counts.values())
    return seen + (cells - len(counts)) * expected


def test_every_order_is_equally_likely() -> None:
    draws = draws_from(b"uniform")
    orders: Counter[object] = Counter(tuple(shuffled("abcd", draws)) for _ in range(DRAWS))
    assert set(orders) == set(permutations("abcd"))
    assert chi_square(orders, 24) < CHI_SQUARE_23


def test_every_item_and_every_option_stands_everywhere_equally_often() -> None:
    versions = [version(place, options="abcd") for place in range(1, 5)]
    places: Counter[object] = Counter()
    options: Counter[object] = Counter()
    for number in range(4_000):
        paper = draw_paper(versions, number.to_bytes(32, "big"))
        places.update((slot["version"], slot["slot"]) for slot in paper)
        first = next(slot for slot in paper if slot["version"] == str(versions[0].id))
        options.update(enumerate(first["arrangement"]["options"]))
    # Of 16 cells only 9 are free, so the bound for 15 is a generous one, and fixed seeds make it certain.
    assert chi_square(places, 16) < CHI_SQUARE_15
    assert chi_square(options, 16) < CHI_SQUARE_15


def test_what_would_favour_small_numbers_is_drawn_again() -> None:
    beyond = 2**32 - 1  # 2**32 leaves 1 when divided by 3, so this draw has no fair place among three
    assert shuffled("abc", iter([beyond, 5, 1])) == shuffled("abc", iter([5, 1])) == ["a", "b", "c"]
    with pytest.raises(StopIteration):
        shuffled("abc", iter([beyond, 5]))


def test_the_drawing_is_sha_256_over_seed_and_counter() -> None:
    def stream(seed: bytes) -> Iterator[int]:
        for block in range(3):
            words = hashlib.sha256(seed + bytes(7) + bytes([block])).hexdigest()
            yield from (int(words[start : start + 8], 16) for start in range(0, 64, 8))

    drawn = draws_from(b"seed")
    assert [next(drawn) for _ in range(24)] == list(stream(b"seed"))


@given(st.lists(st.integers()), st.binary(min_size=1))
def test_nothing_is_lost_or_doubled(things: list[int], seed: bytes) -> None:
    assert sorted(shuffled(things, draws_from(seed))) == sorted(things)


def test_the_same_seed_gives_the_same_paper() -> None:
    versions = [version(place, options="abcde") for place in range(1, 30)]
    paper = draw_paper(versions, b"x" * 32)
    assert paper == draw_paper(versions, b"x" * 32)
    assert paper != draw_paper(versions, b"y" * 32)
    assert [slot["slot"] for slot in paper] == list(range(1, 30))
    assert {slot["version"] for slot in paper} == {str(version.id) for version in versions}
    assert all(set(slot) == {"slot", "version", "kind", "arrangement"} for slot in paper)
    assert all(sorted(slot["arrangement"]["options"]) == list("abcde") for slot in paper)


def test_the_candidate_sees_what_the_list_allows_and_nothing_else(tx: Session, now: datetime) -> None:
    house = make_house(tx, now=now)
    attempt = make_running_attempt(tx, house, make_candidate(tx, house, now=now), now=now)
    paper = candidate_paper(tx, attempt)
    assert set(paper) == {"attempt_id", "title", "deadline_at", "slots"}
    assert (paper["attempt_id"], paper["title"]) == (str(attempt.id), "Morning")
    assert datetime.fromisoformat(paper["deadline_at"]) == now + timedelta(seconds=TIME_LIMIT_SECONDS)
    for slot, stored in zip(paper["slots"], attempt.paper, strict=True):
        shown = {"slot", "kind", "stem", "choose", "options", "revision", "response"}
        assert set(slot) == shown | ({"counts"} if slot["kind"] == "multiple_choice" else set())
        assert [option["id"] for option in slot["options"]] == stored["arrangement"]["options"]
        assert all(set(option) == {"id", "text"} for option in slot["options"])
        assert (slot["slot"], slot["revision"], slot["response"]) == (stored["slot"], 0, {})
        assert slot["choose"] == {"single_choice": "one", "multiple_choice": "several"}[slot["kind"]]
    told = json.dumps(paper)
    for secret in ("SECRET", "key", "rationale", "feedback", "version"):
        assert secret not in told


def test_the_paper_shows_the_answers_as_they_stand(tx: Session, now: datetime) -> None:
    house = make_house(tx, now=now)
    attempt = make_running_attempt(tx, house, make_candidate(tx, house, now=now), now=now)
    for revision, value in ((1, {"chosen": ["a"]}), (2, {"chosen": ["b"]})):
        kept = {"save_id": f"save-{revision}", "value": value, "value_hash": "", "received_at": now}
        tx.add(Response(attempt_id=attempt.id, slot=2, revision=revision, **kept))
    tx.flush()
    shown = [(slot["revision"], slot["response"]) for slot in candidate_paper(tx, attempt)["slots"]]
    assert shown == [(0, {}), (2, {"chosen": ["b"]}), (0, {}), (0, {})]


def test_items_are_sealed_before_and_after(tx: Session, now: datetime) -> None:
    house = make_house(tx, now=now)
    waiting = make_waiting_attempt(tx, house, make_candidate(tx, house, now=now), now=now)
    with pytest.raises(PaperSealed, match="awaiting"):
        candidate_paper(tx, waiting)
    candidate = make_candidate(tx, house, now=now)
    attempt = make_running_attempt(tx, house, candidate, now=now)
    submit(tx, attempt, actor=candidate.actor, now=now)
    with pytest.raises(PaperSealed, match="submitted"):
        candidate_paper(tx, attempt)
