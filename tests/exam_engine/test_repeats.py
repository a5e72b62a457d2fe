"""Repeats: a request sent again under its key changes nothing, and a crash keeps neither change nor reply."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Event

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from exam_engine.repeats import KEPT_FOR, KeptReply, KeyReused, Sent, StillRunning, claim_key, forget_replies
from kernel.db import Database
from kernel.permissions import Actor
from kernel.turns import NoTurn, Turns
from tests.builders.kernel import make_actor, make_organisation

ROUNDS = 5
INSTANT = timedelta(microseconds=1)
SENT = Sent("key-1", "POST /api/v1/sittings", "a" * 64)
HEADERS = {"content-type": "application/json"}


@pytest.fixture
def actor(tx: Session) -> Actor:
    return make_actor(tx, make_organisation(tx))


def answered(tx: Session, sent: Sent, actor: Actor, now: datetime, body: str = "first") -> str:
    """Answer as a door does: with what is kept, or with something new that is kept."""
    kept = claim_key(tx, sent, actor=actor, now=now)
    if kept.body is None:
        kept.keep(tx, status=201, headers=HEADERS, body=body)
    return str(kept.body)


def test_the_same_request_gets_the_same_reply(tx: Session, actor: Actor, now: datetime) -> None:
    assert answered(tx, SENT, actor, now) == "first"
    tx.expire_all()
    kept = claim_key(tx, SENT, actor=actor, now=now + timedelta(hours=23))
    assert (kept.status, kept.headers, kept.body, kept.kept_at) == (201, HEADERS, "first", now)


@pytest.mark.parametrize(
    "other", [Sent(SENT.key, SENT.line, "b" * 64), Sent(SENT.key, "POST /api/v1/schemes", SENT.body_hash)]
)
def test_a_key_names_one_request(tx: Session, actor: Actor, now: datetime, other: Sent) -> None:
    answered(tx, SENT, actor, now)
    with pytest.raises(KeyReused, match="was used for POST /api/v1/sittings"):
        claim_key(tx, other, actor=actor, now=now)


def test_keys_of_others_are_others(tx: Session, actor: Actor, now: datetime) -> None:
    answered(tx, SENT, actor, now)
    colleague = make_actor(tx, make_organisation(tx))
    elsewhere = Actor(actor.account_id, colleague.organisation_id, actor.roles)
    assert answered(tx, SENT, colleague, now, "second") == "second"
    assert answered(tx, SENT, elsewhere, now, "third") == "third"


def test_after_a_day_a_key_is_free_again(tx: Session, actor: Actor, now: datetime) -> None:
    answered(tx, SENT, actor, now)
    assert answered(tx, SENT, actor, now + KEPT_FOR - INSTANT, "second") == "first"
    assert answered(tx, SENT, actor, now + KEPT_FOR, "second") == "second"


def test_what_was_kept_long_enough_is_forgotten(tx: Session, actor: Actor, now: datetime) -> None:
    for number in range(3):
        answered(tx, Sent(f"key-{number}", SENT.line, SENT.body_hash), actor, now + timedelta(hours=number))
    assert forget_replies(tx, now=now + KEPT_FOR - INSTANT) == 0
    assert forget_replies(tx, now=now + KEPT_FOR + timedelta(hours=1)) == 2
    assert tx.scalars(select(KeptReply.key)).all() == ["key-2"]


def test_a_crash_keeps_nothing(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        actor = make_actor(tx, make_organisation(tx))
    with pytest.raises(RuntimeError), database.transaction() as tx:
        answered(tx, SENT, actor, now)
        raise RuntimeError
    with database.transaction() as tx:
        assert answered(tx, SENT, actor, now, "second") == "second"


def test_of_twins_one_acts_and_both_get_its_reply(database: Database, now: datetime) -> None:
    with database.transaction() as tx:
        actor = make_actor(tx, make_organisation(tx))
    for number in range(ROUNDS):
        gate, sent = Barrier(2), Sent(f"key-{number}", SENT.line, SENT.body_hash)

        def send(body: str, gate: Barrier = gate, sent: Sent = sent) -> str:
            gate.wait(10)
            with database.transaction() as tx:
                return answered(tx, sent, actor, now, body)

        with ThreadPoolExecutor(2) as twins:
            told = set(twins.map(send, ["left", "right"]))
        assert len(told) == 1
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(KeptReply)) == ROUNDS


def test_a_twin_that_has_waited_long_enough_is_told_so(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as tx:
        actor = make_actor(tx, make_organisation(tx))
    claimed, over = Event(), Event()

    def first() -> None:
        with database.transaction() as tx:
            claim_key(tx, SENT, actor=actor, now=now).keep(tx, status=201, headers={}, body="first")
            claimed.set()
            over.wait(10)

    def refused() -> str:
        """What the twin hears. On SQLite it waits for its turn to write at all, here without any patience."""
        with pytest.raises((StillRunning, NoTurn)) as refusal, database.transaction() as tx:
            if database.dialect == "postgresql":
                tx.execute(text("SET LOCAL lock_timeout = '10ms'"))
            claim_key(tx, SENT, actor=actor, now=now)
        assert refusal.value.facts == {"retry_after_seconds": 1}
        return refusal.value.code

    with ThreadPoolExecutor(1) as twin:
        ending = twin.submit(first)
        assert claimed.wait(10)
        with monkeypatch.context() as patched:
            patched.setattr(Turns.take, "__defaults__", (0,))
            assert refused() == ("no_turn" if database.dialect == "sqlite" else "still_running")
        over.set()
        ending.result(10)
    with database.transaction() as tx:
        assert answered(tx, SENT, actor, now, "second") == "first"
