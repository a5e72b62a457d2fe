"""The journal: what it acknowledges is durable and counts; what it refuses it refuses with the reason."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from exam_engine.delivery.attempts import own_attempt, submit
from exam_engine.delivery.journal import Journal
from exam_engine.delivery.lifecycle import Attempt, Receipt
from exam_engine.delivery.responses import (
    REVISIONS_MAX,
    AttemptClosed,
    ForeignResponse,
    NotSaved,
    Response,
    Save,
    Saved,
    StaleRevision,
    TooLate,
    TooManyRevisions,
    current_responses,
)
from kernel.db import Database
from kernel.errors import DomainError, NotFound
from tests.builders.delivery import (
    TIME_LIMIT_SECONDS,
    Candidate,
    House,
    make_candidate,
    make_house,
    make_running_attempt,
    make_waiting_attempt,
)

ROUNDS = 15
SLOTS = 4
LIMIT = timedelta(seconds=TIME_LIMIT_SECONDS)
GRACE = timedelta(seconds=5)


@dataclass
class Hall:
    """An exam in progress: people at their attempts, and the clock on the wall."""

    database: Database
    house: House
    candidates: list[Candidate]
    attempts: list[Attempt]
    now: datetime

    def clock(self) -> datetime:
        return self.now

    @property
    def attempt(self) -> Attempt:
        return self.attempts[0]

    def hand_in(self, place: int = 0) -> Receipt:
        with self.database.transaction() as tx:
            attempt = own_attempt(tx, self.candidates[place].actor, self.attempts[place].id)
            return submit(tx, attempt, actor=self.candidates[place].actor, now=self.now)

    def kept(self, attempt_id: uuid.UUID | None = None) -> dict[tuple[int, int], Response]:
        with self.database.reading() as tx:
            wanted = select(Response).where(Response.attempt_id == (attempt_id or self.attempt.id))
            return {(row.slot, row.revision): row for row in tx.scalars(wanted)}


@pytest.fixture
def hall(database: Database, now: datetime) -> Hall:
    return make_hall(database, now, people=1)


def make_hall(database: Database, now: datetime, people: int) -> Hall:
    with database.transaction() as tx:
        house = make_house(tx, now=now, slots=SLOTS)
        candidates = [make_candidate(tx, house, now=now) for _ in range(people)]
        attempts = [make_running_attempt(tx, house, candidate, now=now) for candidate in candidates]
    return Hall(database, house, candidates, attempts, now)


def wish(attempt: Attempt, slot: int = 1, base: int = 0, *chosen: str, save_id: str = "") -> Save:
    response = json.dumps({"chosen": chosen or ("a",)}).encode()
    return Save(attempt.id, slot, base, save_id or f"save-{slot}-{base}", response, session_series=1)


async def told(journal: Journal, save: Save) -> Saved:
    return await journal.save(save)


async def all_told(journal: Journal, saves: Sequence[Save]) -> list[Saved | BaseException]:
    """Send everything at once and return every reply in order, refusals as they were raised."""
    return await asyncio.gather(*(told(journal, save) for save in saves), return_exceptions=True)


@asynccontextmanager
async def opened(hall: Hall, **options: int) -> AsyncIterator[Journal]:
    journal = Journal(hall.database, hall.clock, **options)
    await journal.start()
    try:
        yield journal
    finally:
        await journal.close()


def through(hall: Hall, act: Callable[[Journal], Awaitable[Any]], **options: int) -> Any:
    """Open a journal, act, and close it."""

    async def whole() -> Any:
        async with opened(hall, **options) as journal:
            return await act(journal)

    return asyncio.run(whole())


def replies(hall: Hall, *saves: Save, **options: int) -> list[Any]:
    """Send these at once through a journal of their own."""
    return list(through(hall, lambda journal: all_told(journal, saves), **options))


def one_after_another(hall: Hall, *saves: Save) -> list[Any]:
    async def act(journal: Journal) -> list[Any]:
        return [(await all_told(journal, [save]))[0] for save in saves]

    return list(through(hall, act))


def sha256(*chosen: str) -> str:
    return hashlib.sha256(json.dumps({"chosen": list(chosen)}, separators=(",", ":")).encode()).hexdigest()


def foreign_option(attempt: Attempt) -> int:
    """The number of a slot with single choice."""
    return int(next(slot["slot"] for slot in attempt.paper if slot["kind"] == "single_choice"))


# Keeping


def test_what_is_acknowledged_is_kept_with_its_hash(hall: Hall) -> None:
    slot = next(slot["slot"] for slot in hall.attempt.paper if slot["kind"] == "multiple_choice")
    (reply,) = replies(hall, wish(hall.attempt, slot, 0, "c", "a"))
    assert reply == Saved(1, sha256("a", "c"), hall.now), "the order in which boxes were ticked says nothing"
    row = hall.kept()[slot, 1]
    assert (row.value, row.value_hash, row.save_id) == ({"chosen": ["a", "c"]}, reply.value_hash, f"save-{slot}-0")
    assert row.received_at == hall.now


def test_moments_are_kept_to_the_microsecond(hall: Hall) -> None:
    moments = [hall.now.replace(microsecond=microsecond) for microsecond in (0, 1, 120000, 999999)]

    async def act(journal: Journal) -> None:
        for base, moment in enumerate(moments):
            hall.now = moment
            assert (await journal.save(wish(hall.attempt, 1, base))).saved_at == moment

    through(hall, act)
    assert [row.received_at for _, row in sorted(hall.kept().items())] == moments


def test_an_answer_can_be_taken_back(hall: Hall) -> None:
    first, second = one_after_another(
        hall, wish(hall.attempt), Save(hall.attempt.id, 1, 1, "save-back", b"{}", session_series=1)
    )
    assert (first.revision, second.revision) == (1, 2)
    assert second.value_hash == hashlib.sha256(b"{}").hexdigest()
    with hall.database.reading() as tx:
        assert current_responses(tx, hall.attempt.id)[1].value == {}


def test_many_saves_at_once_become_few_transactions(database: Database, now: datetime) -> None:
    hall = make_hall(database, now, people=20)
    saves = [wish(attempt, slot) for attempt in hall.attempts for slot in range(1, SLOTS + 1)]
    witness = database.engine.raw_connection()  # the log lives as long as anybody is connected
    before = commits_in_wal(database) if database.dialect == "sqlite" else 0
    assert all(isinstance(reply, Saved) for reply in replies(hall, *saves))
    if database.dialect == "postgresql":
        with database.reading() as tx:
            count = "SELECT count(*), count(DISTINCT xmin::text) FROM responses"
            kept, transactions = tx.execute(text(count)).one()
    else:
        transactions = commits_in_wal(database) - before
        kept = sum(len(hall.kept(attempt.id)) for attempt in hall.attempts)
    witness.close()
    assert kept == len(saves) == 80
    assert 1 <= transactions <= 8


def commits_in_wal(database: Database) -> int:
    """Count the commits in a write-ahead log: frames that name the size of the database after them (format: sqlite.org)."""
    log = Path(f"{database.engine.url.database}-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big")
    frames = (log[start : start + 24] for start in range(32, len(log) - 24, 24 + page))
    return sum(frame[8:16] == log[16:24] and any(frame[4:8]) for frame in frames)


def test_two_saves_of_one_slot_are_taken_in_their_order(hall: Hall) -> None:
    told_all = replies(hall, *(wish(hall.attempt, 1, base, "abcd"[base]) for base in range(4)))
    assert [reply.revision for reply in told_all] == [1, 2, 3, 4]
    assert [hall.kept()[1, revision].value["chosen"] for revision in range(1, 5)] == [["a"], ["b"], ["c"], ["d"]]


def test_a_repeated_save_gets_the_same_reply(hall: Hall) -> None:
    save = wish(hall.attempt)

    async def act(journal: Journal) -> list[Any]:
        together = await all_told(journal, [save, save])
        hall.now += timedelta(seconds=30)
        return [*together, *await all_told(journal, [wish(hall.attempt, 1, 1, "b"), save])]

    first, second, newer, third = through(hall, act)
    assert first == second == third
    assert (first.revision, newer.revision) == (1, 2)
    assert len(hall.kept()) == 2


def test_a_repeated_save_is_known_even_after_the_hand_in(hall: Hall) -> None:
    (first,) = replies(hall, wish(hall.attempt))
    hall.hand_in()
    again, changed = replies(hall, wish(hall.attempt), wish(hall.attempt, 2))
    assert again == first
    assert isinstance(changed, AttemptClosed)


def test_one_save_id_with_another_answer_is_no_repetition(hall: Hall) -> None:
    first, other = one_after_another(
        hall, wish(hall.attempt, save_id="the-same"), wish(hall.attempt, 1, 0, "b", save_id="the-same")
    )
    assert isinstance(first, Saved)
    assert isinstance(other, StaleRevision)


# Refusing


def test_of_two_tabs_one_is_told_what_is_current(hall: Hall) -> None:
    here, there = wish(hall.attempt, 1, 0, "a", save_id="tab-one-"), wish(hall.attempt, 1, 0, "b", save_id="tab-two-")
    saved, stale = replies(hall, here, there)
    assert saved.revision == 1
    assert isinstance(stale, StaleRevision)
    assert stale.facts == {"revision": 1, "response": {"chosen": ["a"]}, "sha256": sha256("a")}
    assert "slot 1 stands at revision 1, not 0" in stale.detail


@pytest.mark.parametrize("base", [1, 7, 999])
def test_nobody_builds_on_a_revision_that_does_not_exist(hall: Hall, base: int) -> None:
    (stale,) = replies(hall, wish(hall.attempt, 1, base))
    assert isinstance(stale, StaleRevision)
    assert stale.facts == {"revision": 0, "response": {}, "sha256": None}
    assert hall.kept() == {}


def test_an_old_revision_is_stale_however_many_came_since(hall: Hall) -> None:
    *_, stale = one_after_another(
        hall, *(wish(hall.attempt, 1, base) for base in range(5)), wish(hall.attempt, 1, 2, "b", save_id="other-tab")
    )
    assert isinstance(stale, StaleRevision)
    assert stale.facts["revision"] == 5


def test_a_slot_has_a_last_revision(hall: Hall) -> None:
    assert wish(hall.attempt, 1, REVISIONS_MAX - 1).base_revision == 999
    with pytest.raises(TooManyRevisions, match="slot 1 can be saved 1000 times"):
        wish(hall.attempt, 1, REVISIONS_MAX)


def test_what_does_not_fit_the_paper_is_foreign(hall: Hall) -> None:
    single = foreign_option(hall.attempt)
    wrong = [
        wish(hall.attempt, single, 0, "z"),
        wish(hall.attempt, single, 0, "a", "b"),
        wish(hall.attempt, single, 0, "a", "a"),
        wish(hall.attempt, 0),
        wish(hall.attempt, SLOTS + 1),
        wish(hall.attempt, 2**40),
    ]
    for save, refusal in zip(wrong, one_after_another(hall, *wrong), strict=True):
        assert isinstance(refusal, ForeignResponse), save
        assert refusal.faults
    assert hall.kept() == {}


def test_an_unknown_attempt_is_not_found(hall: Hall) -> None:
    (refusal,) = replies(hall, Save(uuid.uuid4(), 1, 0, "save-1-0", b"{}", session_series=1))
    assert isinstance(refusal, NotFound)


def test_an_attempt_that_has_not_begun_or_has_ended_takes_nothing(hall: Hall) -> None:
    with hall.database.transaction() as tx:
        elsewhere = make_house(tx, now=hall.now)
        waiting = make_waiting_attempt(tx, elsewhere, make_candidate(tx, elsewhere, now=hall.now), now=hall.now)
    (early,) = replies(hall, wish(waiting))
    assert isinstance(early, AttemptClosed)
    assert early.facts == {"state": "awaiting"}
    hall.hand_in()
    (late,) = replies(hall, wish(hall.attempt))
    assert isinstance(late, AttemptClosed)
    assert late.facts == {"state": "submitted"}
    assert hall.kept() == hall.kept(waiting.id) == {}


def test_the_grace_is_exact(hall: Hall) -> None:
    deadline = hall.now + LIMIT

    async def act(journal: Journal) -> None:
        hall.now = deadline + GRACE
        assert (await journal.save(wish(hall.attempt))).revision == 1
        hall.now += timedelta(microseconds=1)
        with pytest.raises(TooLate, match="the time was over at 2026-11-22T10:00:00.000000Z") as refusal:
            await journal.save(wish(hall.attempt, 2))
        assert refusal.value.facts == {"deadline_at": deadline}

    through(hall, act)
    assert set(hall.kept()) == {(1, 1)}


def test_a_poisoned_save_does_not_take_its_neighbours_with_it(
    database: Database, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    hall = make_hall(database, now, people=3)
    poison = wish(hall.attempts[1], 1, 0, save_id="save-\ud800")  # no database and no wire carries half a character
    saves = [wish(hall.attempts[0], 1), wish(hall.attempts[0], 2), poison, wish(hall.attempts[2], 1)]
    told_all = replies(hall, *saves)
    assert [type(reply) for reply in told_all] == [Saved, Saved, NotSaved, Saved]
    assert set(hall.kept(hall.attempts[0].id)) == {(1, 1), (2, 1)}
    assert set(hall.kept(hall.attempts[2].id)) == {(1, 1)}
    assert hall.kept(hall.attempts[1].id) == {}
    assert "journal.save_failed" in caplog.text
    (healed,) = replies(hall, wish(hall.attempts[1]))
    assert healed.revision == 1


def test_beyond_what_can_wait_saves_are_sent_back_for_a_moment(hall: Hall) -> None:
    async def act(journal: Journal) -> tuple[list[Any], list[Any]]:
        crowd = [wish(hall.attempt, slot) for slot in range(1, SLOTS + 1)]
        return await all_told(journal, crowd), await all_told(journal, crowd[2:])

    crowded, later = through(hall, act, unanswered_max=2)
    assert [type(reply) for reply in crowded] == [Saved, Saved, NotSaved, NotSaved]
    assert (crowded[2].status, crowded[2].facts) == (503, {"retry_after_seconds": 2})
    assert [type(reply) for reply in later] == [Saved, Saved]


def test_closing_answers_everybody_and_then_takes_nothing_more(database: Database, now: datetime) -> None:
    hall = make_hall(database, now, people=10)
    saves = [wish(attempt, slot, base) for attempt in hall.attempts for slot in (1, 2, 3) for base in (0, 1)]

    async def whole() -> list[Any]:
        journal = Journal(database, hall.clock)
        await journal.start()
        waiting = [asyncio.ensure_future(told(journal, save)) for save in saves]
        await asyncio.sleep(0)
        await asyncio.wait_for(journal.close(), 30)
        with pytest.raises(NotSaved):
            await told(journal, wish(hall.attempt, 4))
        return [await reply for reply in waiting]

    assert [reply.revision for reply in asyncio.run(whole())] == [1, 2] * 30
    assert sum(len(hall.kept(attempt.id)) for attempt in hall.attempts) == len(saves)
    assert (4, 1) not in hall.kept()


def test_a_journal_nobody_used_closes_at_once(hall: Hall) -> None:
    async def whole() -> None:
        journal = Journal(hall.database, hall.clock)
        await journal.start()
        await asyncio.wait_for(journal.close(), 10)

    asyncio.run(whole())


def test_a_sender_that_goes_away_is_kept_all_the_same(hall: Hall) -> None:
    async def act(journal: Journal) -> Saved:
        sender = asyncio.ensure_future(told(journal, wish(hall.attempt)))
        await asyncio.sleep(0)
        sender.cancel()
        await asyncio.wait([sender])
        return await journal.save(wish(hall.attempt, 1, 1, "b"))

    assert through(hall, act).revision == 2
    assert set(hall.kept()) == {(1, 1), (1, 2)}


# Racing


def test_a_hand_in_holds_every_acknowledged_response_and_nothing_comes_after_it(
    database: Database, now: datetime
) -> None:
    """Saves and hand-ins of many candidates race; the moment of each hand-in is another one in every round."""
    hall = make_hall(database, now, people=ROUNDS)

    async def whole() -> list[dict[int, Saved]]:
        async with opened(hall) as journal:
            return [await race(hall, journal, place) for place in range(ROUNDS)]

    acknowledged = asyncio.run(whole())
    for attempt, newest in zip(hall.attempts, acknowledged, strict=True):
        with database.reading() as tx:
            receipt = tx.get_one(Receipt, attempt.id)
        receipted = {row["slot"]: (row["revision"], row["sha256"]) for row in receipt.responses}
        assert receipted == {slot: (saved.revision, saved.value_hash) for slot, saved in newest.items()}
        last = dict(sorted(hall.kept(attempt.id)))
        assert last == {slot: revision for slot, (revision, _) in receipted.items()}, "written behind the receipt"
    assert any(newest for newest in acknowledged)


async def race(hall: Hall, journal: Journal, place: int) -> dict[int, Saved]:
    """Save without end in all slots until the hand-in ends it; return the newest acknowledged of each slot."""
    attempt, newest, enough = hall.attempts[place], {}, asyncio.Event()
    wanted = random.Random(place).randrange(30)

    async def write(slot: int) -> None:
        for base in range(REVISIONS_MAX):
            try:
                newest[slot] = await told(journal, wish(attempt, slot, base, "ab"[base % 2]))
            except AttemptClosed:
                return
            if sum(saved.revision for saved in newest.values()) >= wanted:
                enough.set()

    async def end() -> None:
        await enough.wait()
        await asyncio.to_thread(hall.hand_in, place)

    await asyncio.wait_for(asyncio.gather(end(), *(write(slot) for slot in range(1, SLOTS + 1))), 60)
    return newest


def test_every_refusal_is_one_a_client_can_read(hall: Hall) -> None:
    refusals = one_after_another(hall, wish(hall.attempt, 9), wish(hall.attempt, 1, 3))
    assert all(isinstance(refusal, DomainError) and refusal.detail and refusal.code for refusal in refusals)
