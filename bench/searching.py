"""Searching 100,000 items on both databases: our catalogue against the plain query over versions.

*Plain query*: items joined with their newest versions (``max(number)``), standings and competences, facets as
conditions, words by ``LIKE`` over the content, a page of 50 by code after the last one. It finds whatever holds the
letters anywhere, which asks for less: no words, no accents, no marks taken off.

Ours is the whole use case of a page: rows, versions with their standings, the count. Milliseconds are medians; a ratio
says how much longer the plain query takes. ``budget`` is the slowest search of all against the promise of 50 ms;
``page_budget`` and ``api_budget`` are the same searches as whole requests, from the session to the last byte of the page
or the JSON. ``near_duplicates`` is what the check of a text that is typed asks of the bank, against a quarter of a second.
Run it on a machine that does nothing else.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session, aliased
from starlette.testclient import TestClient

from bench.large_bank import NOW, fill, on_postgresql, on_sqlite
from exam_engine.http.app import create_app
from exam_engine.installation import open_installation
from kernel.canonical import iso
from kernel.db import Database
from kernel.logs import set_up_logs
from kernel.permissions import Actor
from kernel.settings import Settings
from kernel.tokens import Purpose, issue_token
from question_bank.competences import Competence
from question_bank.finding import Order, Search, find_items
from question_bank.item_questions import Discrimination, Exposure, Facility
from question_bank.items import Item, ItemState, ItemVersion, Standing
from question_bank.sketches import like_in_bank

ROUNDS = 7
ROWS = 50
BUDGET_MS = 50
SITE = "http://bench.example"
DOORS = (("page", "/bank/items"), ("api", "/api/v1/items"))
ASKED_AS = {"query": "q", "author_id": "author", "is_flagged": "flagged"}
ALIKE_BUDGET_MS = 250
DEEP = "A5"
LATELY, NEVER = NOW + timedelta(days=115), NOW + timedelta(days=400)
SEARCHES: dict[str, tuple[Search, dict[str, Any]]] = {
    "all": (Search(), {}),
    "all_deep": (Search(), {"after": DEEP}),
    "all_by_change": (Search(), {"order": Order.CHANGED}),
    "facets": (Search(competence="A7.3", level=5, state=ItemState.LIVE), {}),
    "facets_no_hit": (Search(competence="A1.1", level=8, state=ItemState.COMPROMISED), {}),
    "dense_word": (Search("project"), {}),
    "dense_word_deep": (Search("project"), {"after": DEEP}),
    "dense_word_rare_facet": (Search("project", competence="A8.2", state=ItemState.RESTING), {}),
    "dense_words_by_change": (Search("the city"), {"order": Order.CHANGED}),
    "dense_words_no_hit": (Search("the city", state=ItemState.COMPROMISED), {}),
    "rare_word": (Search("mark1234"), {}),
    "own_word": (Search("own77777"), {}),
    "word_no_hit": (Search("zzyzx"), {}),
    "dense_and_rare_word": (Search("the mark1234"), {}),
    "beginning_of_words": (Search("pro"), {}),
    "words_of_one_area": (Search("area8"), {}),
    "words_of_one_area_facet": (Search("area8", state=ItemState.IN_REVIEW), {}),
    "words_of_two_areas": (Search("area1 area8"), {}),
    "words_and_beginning": (Search("area8 mark"), {}),
    "many_dense_words": (Search("the city and of to in for area8 which is a"), {}),
    "words_of_another_area": (Search("area8", competence="A1.1"), {}),
    "page_before": (Search("area8"), {"before": "A4"}),
    "words_of_the_later_half": (Search("half2"), {}),
    "two_dense_words_of_one_area": (Search("area8 the"), {}),
    "own_words_of_one_area": (Search("area8 own"), {}),
    "facet_at_the_end": (Search(competence="A8.2", level=6), {}),
    "by_change_deep": (Search(competence="A8.2"), {"order": Order.CHANGED, "after": f"{iso(NOW)}~50"}),
    "since": (Search(since=LATELY), {}),
    "since_by_change": (Search(since=LATELY), {"order": Order.CHANGED}),
    "since_no_hit": (Search(since=NEVER), {}),
    "since_and_words": (Search("project", since=LATELY), {}),
    "since_and_words_by_change": (Search("area8", since=LATELY), {"order": Order.CHANGED}),
    "flagged": (Search(is_flagged=True), {}),
    "flagged_by_change": (Search(is_flagged=True), {"order": Order.CHANGED}),
    "flagged_and_words": (Search("area8", is_flagged=True), {}),
    "exposure_and_facility": (Search(exposure=Exposure.MANY, facility=Facility.VERY_LOW), {}),
    "discrimination_and_words": (Search("project", discrimination=Discrimination.NEGATIVE), {}),
}
"""By name: what is looked for, and how."""


def rows() -> Iterator[dict[str, Any]]:
    """Measure every search in alternating rounds on each database."""
    for dialect, opened in (("sqlite", on_sqlite), ("postgresql", on_postgresql)):
        with opened() as url:
            if url is None:
                continue
            database = Database(url)
            try:
                yield from _measured(dialect, database)
            finally:
                database.close()


def _measured(dialect: str, database: Database) -> Iterator[dict[str, Any]]:
    actor = fill(database)
    slowest = 0.0
    for name, (search, how) in SEARCHES.items():

        def ours(tx: Session, search: Search = search, how: dict[str, Any] = how) -> list[str]:
            found = find_items(tx, actor, search, limit=ROWS, **how)
            return [line.newest.item.code for line in found.lines]

        def plain(tx: Session, search: Search = search, how: dict[str, Any] = how) -> list[str]:
            return _plain(tx, actor, search, **how)

        quick, slow = _medians(database, ours, plain)
        slowest = max(slowest, quick)
        yield _row(f"search_{dialect}_{name}", quick, slow, None)
    yield _row(f"search_{dialect}_budget", slowest, float(BUDGET_MS), 1.0)
    for door, asked in slowest_requests(database.engine.url.render_as_string(hide_password=False), actor).items():
        yield _row(f"search_{dialect}_{door}_budget", asked, float(BUDGET_MS), 1.0)
    (alike,) = _medians(database, _asking_twice(database, actor))
    yield _row(f"near_duplicates_{dialect}_budget", alike, float(ALIKE_BUDGET_MS), 1.0)


def slowest_requests(url: str, actor: Actor) -> dict[str, float]:
    """Return by door how long the slowest search takes as a whole request; milliseconds, medians."""
    set_up_logs("error", "json")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=url, public_url=SITE)
        installation = open_installation(settings, lambda: NOW)
        token = issue_token(
            installation.ring,
            purpose=Purpose.SESSION,
            audience=SITE,
            subject=actor.person,
            now=NOW,
            lifetime=timedelta(hours=1),
            facts={"organisation": str(actor.organisation_id)},
        )
        with TestClient(create_app(installation, works=False), base_url=SITE) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            found = {door: max(_requested(client, path, *one) for one in SEARCHES.values()) for door, path in DOORS}
        installation.close()
    return found


def _requested(client: TestClient, path: str, search: Search, how: dict[str, Any]) -> float:
    asked = {ASKED_AS.get(name, name): value for name, value in {**asdict(search), **how}.items() if value is not None}
    asked = {
        name: iso(value) if name == "since" else str(value).lower() if value is True else value
        for name, value in asked.items()
    }
    taken = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        reply = client.get(path, params=asked)
        taken.append(time.perf_counter() - started)
        assert reply.status_code == 200, reply.text
    return 1000 * statistics.median(taken[1:])


def _asking_twice(database: Database, actor: Actor) -> Callable[[Session], list[str]]:
    with database.reading() as tx:
        contents = cycle(tx.scalars(select(ItemVersion.content).order_by(ItemVersion.id).limit(ROUNDS)).all())

    def asked(tx: Session) -> list[str]:
        return [like.version.item.code for like in like_in_bank(tx, actor, next(contents), besides="")]

    return asked


def _row(name: str, ours: float, reference: float, target: float | None) -> dict[str, Any]:
    ratio = round(reference / ours, 2)
    return {
        "name": name,
        "ours": round(ours, 2),
        "reference": round(reference, 2),
        "ratio": ratio,
        "target": target,
        "unit": "ms",
    }


def _medians(database: Database, *ways: Callable[[Session], list[str]]) -> list[float]:
    taken: list[list[float]] = [[] for _ in ways]
    for turn in range(ROUNDS + 1):
        for way, seconds in zip(ways, taken, strict=True):
            with database.reading() as tx:
                started = time.perf_counter()
                way(tx)
                if turn:  # the first turn warms up
                    seconds.append(time.perf_counter() - started)
    return [1000 * statistics.median(seconds) for seconds in taken]


def _plain(
    tx: Session, actor: Actor, search: Search, *, after: str = "", before: str = "", order: Order = Order.CODE
) -> list[str]:
    sister = aliased(ItemVersion)
    newest = select(func.max(sister.number)).where(sister.item_id == ItemVersion.item_id).scalar_subquery()
    facets = {
        Standing.state: search.state,
        Competence.code: search.competence,
        ItemVersion.level: search.level,
    }
    page = (
        select(Item.code, ItemVersion, Standing.since)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(Standing, Standing.version_id == ItemVersion.id)
        .join(Competence, Competence.id == ItemVersion.competence_id)
        .where(Item.organisation_id == actor.organisation_id, ItemVersion.number == newest)
        .where(*(column == value for column, value in facets.items() if value is not None))
        .where(*(func.lower(cast(ItemVersion.content, Text)).like(f"%{word}%") for word in search.query.split()))
    )
    if order is Order.CHANGED:
        page = page.order_by(Standing.since.desc(), Standing.version_id)
    elif before:
        page = page.where(Item.code < before).order_by(Item.code.desc())
    else:
        page = page.where(Item.code > after).order_by(Item.code)
    return [row.code for row in tx.execute(page.limit(ROWS))]


if __name__ == "__main__":
    for measured in rows():
        print(measured, flush=True)
