"""Finding: facets, words and orders, page by page; whatever a bank went through, its catalogue says what is so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kernel.errors import Invalid
from question_bank import finding
from question_bank.authoring import draft_item, move_item
from question_bank.catalogue import Band, CatalogueEntry
from question_bank.competences import Framework
from question_bank.finding import Found, Order, Search, choices_of, find_items, matching_items
from question_bank.items import Cognitive, ItemState
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    item_document,
    make_approved_items,
    make_drafts,
    make_framework,
    make_live_items,
    make_staff,
)


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


def codes(found: Found) -> list[str]:
    return [line.newest.item.code for line in found.lines]


def find(tx: Session, staff: Staff, **asked: Any) -> list[str]:
    return codes(find_items(tx, staff.author, Search(**asked), limit=50))


def test_each_facet_finds_its_items_alone(tx: Session, staff: Staff, framework: Framework) -> None:
    other = {"kind": "multiple_choice", "competence": "B.1", "level": 6, "cognitive": "analyse"}
    make_drafts(tx, staff, framework, [item_document("a"), item_document("b", **other, expected_difficulty="0.8")])
    draft_item(tx, framework, item_document("c"), language="de", actor=staff.manager, now=NOW)
    facets = [
        {"kind": "multiple_choice"},
        {"competence": "B.1"},
        {"area": "B"},
        {"level": 6},
        {"cognitive": Cognitive.ANALYSE},
        {"band": Band.EASY},
    ]
    assert [find(tx, staff, **facet) for facet in facets] == [["b"]] * len(facets)
    assert find(tx, staff, language="de") == find(tx, staff, author_id=staff.manager.person) == ["c"]
    assert find(tx, staff, band=Band.MEDIUM, language="en") == ["a"]
    assert find(tx, staff, state=ItemState.DRAFT) == find(tx, staff) == ["a", "b", "c"]
    assert find(tx, staff, state=ItemState.LIVE) == find(tx, staff, competence="B.1", level=4) == []


def test_a_code_that_reads_like_a_state_is_a_code(tx: Session, staff: Staff, framework: Framework) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    tx.execute(update(CatalogueEntry).values(competence="pilot", area="live"))
    assert find(tx, staff, competence="pilot") == find(tx, staff, area="live") == ["a"]


def test_what_was_changed_since_a_moment_is_found(tx: Session, staff: Staff, framework: Framework) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    later = NOW + timedelta(hours=1)
    draft_item(tx, framework, item_document("b"), language="en", actor=staff.author, now=later)
    assert find(tx, staff, since=NOW) == ["a", "b"]
    assert find(tx, staff, since=later) == find(tx, staff, since=later, query="b") == ["b"]
    assert find(tx, staff, since=later + timedelta(microseconds=1)) == []


def test_a_live_item_is_found_beside_its_newer_draft(tx: Session, staff: Staff, framework: Framework) -> None:
    (live,) = make_live_items(tx, staff, framework, [item_document("a")])
    (draft,) = make_drafts(tx, staff, framework, [item_document("a", stem="What else?")])
    for state in (ItemState.LIVE, ItemState.DRAFT):
        (line,) = find_items(tx, staff.author, Search(state=state), limit=5).lines
        assert (line.newest, line.administered) == (draft, [live])
    move_item(tx, live, target=ItemState.RESTING, reason="Enough.", actor=staff.manager, now=NOW)
    assert find(tx, staff, state=ItemState.LIVE) == find(tx, staff, state=ItemState.RESTING) == []


def test_a_released_version_takes_the_place_of_the_one_before(tx: Session, staff: Staff, framework: Framework) -> None:
    make_live_items(tx, staff, framework, [item_document("a")])
    make_approved_items(tx, staff, framework, [item_document("a", stem="What else?")])
    assert find(tx, staff, state=ItemState.APPROVED) == find(tx, staff, state=ItemState.LIVE) == ["a"]
    make_live_items(tx, staff, framework, [item_document("a", stem="And then?")])
    (entry,) = tx.scalars(select(CatalogueEntry))
    assert (entry.state, entry.is_live, entry.is_pilot) == ("live", True, False)


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("window", [1000, 1])
def test_words_are_found_whatever_their_case_and_accents(
    tx: Session, staff: Staff, framework: Framework, monkeypatch: pytest.MonkeyPatch, window: int, order: Order
) -> None:
    monkeypatch.setattr(finding, "WINDOW", window)
    options = [{"id": id_, "text": f"**Πλημμύρα** {id_}"} for id_ in "abc"] + [{"id": "d", "text": "none"}]
    items = [
        item_document("A.1-4-01", stem="Die STRASSE am Fluß, a _café_?"),
        item_document("A.1-4-02", options=options),
        item_document("A.1-4-03", rationale="Ștefan said: 50% co2."),
    ]
    make_drafts(tx, staff, framework, items)
    asked = {
        "fluss strasse": ["A.1-4-01"],
        "Straße": ["A.1-4-01"],
        "CAFÉ": ["A.1-4-01"],
        "πλημμυρα": ["A.1-4-02"],
        "stefan": ["A.1-4-03"],
        "co2 50": ["A.1-4-03"],
        "A.1-4-02": ["A.1-4-02"],
        "straß caf": [],
        "stras caf": [],
        "strasse caf": ["A.1-4-01"],
        "the city": ["A.1-4-02", "A.1-4-03"],
        "city nowhere": [],
        "?!": [],
        "50%' OR \"x*": [],
    }
    found = {query: find_items(tx, staff.author, Search(query), order=order, limit=50) for query in asked}
    assert {query: sorted(codes(page)) for query, page in found.items()} == asked


@pytest.mark.parametrize("window", [1000, 1])
def test_a_new_version_is_found_by_its_own_words(
    tx: Session, staff: Staff, framework: Framework, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr(finding, "WINDOW", window)
    make_drafts(tx, staff, framework, [item_document("a"), item_document("b"), item_document("c")])
    make_drafts(tx, staff, framework, [item_document("a", stem="Where is the harbour?")])
    assert find(tx, staff, query="harbour") == ["a"]
    assert find(tx, staff, query="case") == ["b", "c"]
    assert find(tx, staff, query="rationale", level=4) == find(tx, staff, query="step", level=5) == []


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("query", ["", "step"])
@pytest.mark.parametrize("kind", [None, "single_choice"])
@pytest.mark.parametrize("window", [1000, 5, 1])
def test_pages_lead_there_and_back(
    tx: Session,
    staff: Staff,
    framework: Framework,
    monkeypatch: pytest.MonkeyPatch,
    order: Order,
    query: str,
    kind: str | None,
    window: int,
) -> None:
    monkeypatch.setattr(finding, "WINDOW", window)
    for number in range(7):
        at = NOW + timedelta(
            seconds=(number * 3 % 7) // 2
        )  # two of them at one moment, in another order than the codes
        make_drafts(tx, staff, framework, [item_document(f"i{number}")], now=at)

    def page(**cursor: str) -> Found:
        return find_items(tx, staff.author, Search(query, kind=kind), order=order, limit=2, **cursor)

    pages = [page()]
    while pages[-1].after:
        pages.append(page(after=pages[-1].after))
    forth = [codes(found) for found in pages]
    back = [forth[-1]]
    found = pages[-1]
    while found.before:
        found = page(before=found.before)
        back.insert(0, codes(found))
    assert forth == back
    there = [code for page_of_codes in forth for code in page_of_codes]
    assert sorted(there) == [f"i{number}" for number in range(7)]
    if order is Order.CODE:
        assert there == sorted(there)
    else:
        moments = [line.changed_at for found in pages for line in found.lines]
        assert moments == sorted(moments, reverse=True)


def test_so_many_are_counted(tx: Session, staff: Staff, framework: Framework, monkeypatch: pytest.MonkeyPatch) -> None:
    make_drafts(tx, staff, framework, [item_document(f"i{number}") for number in range(5)])
    whole = find_items(tx, staff.author, Search(), limit=2)
    assert (whole.count, whole.is_whole_count, len(whole.lines)) == (5, True, 2)
    assert find_items(tx, staff.author, Search(), after=whole.after or "", limit=2).count is None
    monkeypatch.setattr(finding, "COUNTED", 4)
    many = find_items(tx, staff.author, Search(), limit=2)
    assert (many.count, many.is_whole_count) == (4, False)
    assert len(matching_items(tx, staff.author, Search(query="step"), limit=3)) == 3


@pytest.mark.parametrize(
    "cursor", ["x", "2026-11-22T09:00:00~1", "2026-11-22T09:00:00Z~x", "~", "2026-11-22T09:00:00Z~²"]
)
def test_a_cursor_of_another_order_is_refused(tx: Session, staff: Staff, cursor: str) -> None:
    with pytest.raises(Invalid, match="no such place"):
        find_items(tx, staff.author, Search(), order=Order.CHANGED, after=cursor, limit=2)


def test_nobody_finds_what_is_not_theirs(tx: Session, staff: Staff, framework: Framework) -> None:
    make_drafts(tx, staff, framework, [item_document("a")])
    stranger = make_staff(tx)
    assert find(tx, stranger) == find(tx, stranger, query="city") == []
    assert matching_items(tx, stranger.author, Search(), limit=5) == []
    assert choices_of(tx, stranger.author).authors == []
    ours = choices_of(tx, staff.author)
    assert [code for code, _ in ours.competences] == ["A.1", "A.2", "B.1"]
    assert ([id_ for id_, _ in ours.authors], ours.languages) == ([staff.author.person], ["en"])
