"""Waiting documents: their sender's alone, for a day, and taken in once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from kernel.errors import Invalid, NotFound
from kernel.permissions import Actor
from question_bank.interchange.waiting import (
    KEPT_FOR,
    WAITING_MAX,
    TakenAlready,
    WaitingDocument,
    forget_documents,
    keep_document,
    note_taken,
    waiting_document_for,
)
from tests.builders.kernel import make_actor, make_organisation


@pytest.fixture
def actor(tx: Session) -> Actor:
    return make_actor(tx, make_organisation(tx))


def keep(tx: Session, actor: Actor, now: datetime, content: bytes = b"x", name: str = "a.gift") -> WaitingDocument:
    return keep_document(tx, content, file_name=name, actor=actor, now=now)


def test_a_document_is_kept_once_and_read_again(tx: Session, actor: Actor, now: datetime) -> None:
    document = keep(tx, actor, now, b"content")
    assert keep(tx, actor, now, b"content") is document
    assert keep(tx, actor, now, b"content", "b.gift") is not document
    tx.expire_all()
    assert waiting_document_for(tx, actor, document.id, now=now).opened().read() == b"content"


def test_nothing_is_no_document(tx: Session, actor: Actor, now: datetime) -> None:
    with pytest.raises(Invalid):
        keep(tx, actor, now, b"")


@pytest.mark.parametrize(
    ("sent", "kept"), [("C:\\quiz\\a.gift", "a.gift"), ("../../a", "a"), ("a\x07b", "ab"), ("/", "document")]
)
def test_a_name_is_its_last_part(tx: Session, actor: Actor, now: datetime, sent: str, kept: str) -> None:
    assert keep(tx, actor, now, name=sent).file_name == kept


def test_nobody_else_finds_it(tx: Session, actor: Actor, now: datetime) -> None:
    document = keep(tx, actor, now)
    for stranger in (
        make_actor(tx, make_organisation(tx)),
        Actor(make_actor(tx, make_organisation(tx)).person, actor.organisation_id),
    ):
        with pytest.raises(NotFound):
            waiting_document_for(tx, stranger, document.id, now=now)


def test_after_a_day_it_is_gone(tx: Session, actor: Actor, now: datetime) -> None:
    document = keep(tx, actor, now)
    later = now + KEPT_FOR
    assert forget_documents(tx, now=later - timedelta(microseconds=1)) == 0
    with pytest.raises(NotFound):
        waiting_document_for(tx, actor, document.id, now=later)
    assert forget_documents(tx, now=later) == 1


def test_whoever_uploads_much_loses_the_oldest(tx: Session, actor: Actor, now: datetime) -> None:
    kept = [keep(tx, actor, now + timedelta(seconds=n), bytes([n, 1])) for n in range(WAITING_MAX + 1)]
    with pytest.raises(NotFound):
        waiting_document_for(tx, actor, kept[0].id, now=now)
    assert all(waiting_document_for(tx, actor, one.id, now=now) for one in kept[1:])


def test_it_is_taken_in_once_and_its_bytes_are_let_go(tx: Session, actor: Actor, now: datetime) -> None:
    document = keep(tx, actor, now)
    note_taken(tx, document, {"new": 2, "next": 0}, now=now)
    tx.expire_all()
    taken = waiting_document_for(tx, actor, document.id, now=now, held=True)
    assert (taken.content, taken.outcome, taken.taken_at) == (b"", {"new": 2, "next": 0}, now)
    with pytest.raises(TakenAlready):
        note_taken(tx, taken, {}, now=now)
    assert keep(tx, actor, now).id != taken.id
