"""Turns: whoever came first writes first, however busily others write."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from kernel.db import Database
from kernel.organisations import Organisation
from kernel.turns import NoTurn, Turns, turns_at
from tests.builders.kernel import make_organisation

ROUNDS = 25


@pytest.fixture
def dialect() -> str:
    """PostgreSQL queues its writers itself."""
    return "sqlite"


def queue_of(database: Database) -> Turns:
    assert database.turns is not None
    return database.turns


def until_waiting(turns: Turns, count: int) -> None:
    """Look until so many writers stand in the queue."""
    pause = threading.Event()
    for _ in range(2000):
        if turns.waiting == count:
            return
        pause.wait(0.005)
    pytest.fail(f"{turns.waiting} are waiting, not {count}")


def started(act: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_writers_come_in_the_order_in_which_they_asked() -> None:
    turns, came = Turns(), []

    def writer(name: int) -> Callable[[], None]:
        def write() -> None:
            turns.take()
            came.append(name)
            turns.give_back()

        return write

    turns.take()
    threads = []
    for name in range(8):
        threads.append(started(writer(name)))
        until_waiting(turns, name + 1)
    turns.give_back()
    for thread in threads:
        thread.join(10)
    assert came == list(range(8))
    turns.take(0)
    turns.give_back()


def test_a_busy_writer_does_not_starve_another(database: Database) -> None:
    """The greedy one asks again the moment it has written; counted in turns, the other one is always next."""
    came: list[str] = []
    turns = queue_of(database)

    def write_greedily() -> None:
        for _ in range(ROUNDS):
            with database.transaction() as tx:
                make_organisation(tx)
                came.append("greedy")
                until_waiting(turns, 1)

    def write_modestly() -> None:
        for _ in range(ROUNDS):
            with database.transaction() as tx:
                make_organisation(tx)
                came.append("modest")
                until_waiting(turns, 0 if came.count("greedy") == ROUNDS else 1)

    greedy = started(write_greedily)
    for _ in range(2000):
        if came:
            break
        threading.Event().wait(0.005)
    modest = started(write_modestly)
    greedy.join(60)
    modest.join(60)
    assert came == ["greedy", "modest"] * ROUNDS
    with database.reading() as tx:
        assert tx.scalar(select(func.count()).select_from(Organisation)) == 2 * ROUNDS


def test_a_statement_outside_transactions_takes_its_turn_as_well(database: Database) -> None:
    came: list[str] = []

    def append(name: str) -> None:
        with database.turn():
            came.append(name)

    with database.transaction() as tx:
        make_organisation(tx)
        journal = started(lambda: append("journal"))
        until_waiting(queue_of(database), 1)
        came.append("transaction")
    journal.join(10)
    assert came == ["transaction", "journal"]


def test_the_turn_comes_after_the_commit_and_not_before(database: Database) -> None:
    """With its turn a writer never finds the file locked; the driver is told not to wait at all."""
    found: list[int | None] = []

    def look_and_write() -> None:
        with database.turn(), closing(sqlite3.connect(str(database.engine.url.database), timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
            found.append(other.execute("SELECT count(*) FROM organisations").fetchone()[0])

    for number in range(1, ROUNDS + 1):
        with database.transaction() as tx:
            make_organisation(tx)
            waiting = started(look_and_write)
            until_waiting(queue_of(database), 1)
        waiting.join(10)
        assert found[-1] == number


@pytest.mark.parametrize("ending", ["commit", "rollback", "close", "invalidate", "error"])
def test_however_a_transaction_ends_the_next_one_may_write(database: Database, ending: str) -> None:
    connection = database.engine.connect()
    connection.begin()
    if ending == "error":
        with pytest.raises(OperationalError):
            connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
        connection.rollback()
    else:
        getattr(connection, ending)()
    with database.transaction() as tx:
        make_organisation(tx)
    connection.close()


def test_patience_ends(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = queue_of(database)
    turns.take()
    with pytest.raises(NoTurn, match="please try again"):
        turns.take(0)
    assert turns.waiting == 0
    monkeypatch.setattr(Turns.take, "__defaults__", (0,))
    with pytest.raises(NoTurn), database.transaction() as tx:
        make_organisation(tx)
    turns.give_back()
    with database.transaction() as tx:
        make_organisation(tx)


def test_a_file_that_another_process_holds_costs_nobody_the_turn(database: Database) -> None:
    connection = database.engine.connect()
    connection.connection.driver_connection.execute("PRAGMA busy_timeout=0")  # type: ignore[union-attr]
    elsewhere = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
    elsewhere.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        connection.begin()
    elsewhere.close()
    connection.close()
    queue_of(database).take(0)
    queue_of(database).give_back()


def test_there_is_one_queue_for_one_file(tmp_path: Path) -> None:
    path = tmp_path / "here" / "one.db"
    one, two = Database(f"sqlite:///{path}"), Database(f"sqlite:///{tmp_path}/here/../here/one.db")
    other = Database(f"sqlite:///{tmp_path}/other.db")
    assert one.turns is two.turns is turns_at(str(path))
    assert other.turns is not one.turns
    for opened in (one, two, other):
        opened.close()
