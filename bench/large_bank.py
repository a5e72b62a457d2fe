"""A bank of 100,000 items on either database, filled by bulk inserts as no author would; the rows are those that
authoring leaves.

Texts are those of the sample bank, halves of two put together; every item has a word of its own, one of 2,000, one of its
area, and one of the half in which its code stands.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from importlib.resources import files
from itertools import count, islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, make_url, text

from exam_engine.migrate import migrate
from kernel.accounts import grant_roles, open_account
from kernel.db import Database, open_engine
from kernel.organisations import found_organisation
from kernel.permissions import AccountRole, Actor
from question_bank.catalogue import CatalogueEntry, band_of
from question_bank.competences import competence_ids
from question_bank.full_text import ItemWords, item_words
from question_bank.interchange.framework_json import import_framework
from question_bank.items import Item, ItemVersion, Standing, content_hash
from question_bank.sample import sample_framework
from question_bank.sketches import sketch_all
from tests.builders.kernel import unguard

ITEMS = 100_000
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KIND = "single_choice"
_AT_ONCE = 2_000
_TABLES: tuple[Any, ...] = (Item, ItemVersion, Standing, CatalogueEntry, ItemWords)
Rows = tuple[dict[str, Any], ...]


def fill(database: Database, items: int = ITEMS) -> Actor:
    """Fill an empty database with a bank and return who works in it."""
    with database.transaction() as tx:
        body = found_organisation(tx, slug="bench", name="Bench", now=NOW)
        people = [
            open_account(tx, email=f"a{n}@bench.example", display_name=f"A {n}", password=None, now=NOW)
            for n in range(20)
        ]
        for account in people:
            grant_roles(tx, account, body.id, [AccountRole.AUTHOR], now=NOW)
        actor = Actor(people[0].id, body.id, frozenset({AccountRole.AUTHOR, AccountRole.MANAGER}))
        document = json.dumps(sample_framework()).encode()
        framework = import_framework(tx, body.id, document, file="framework", actor=actor, now=NOW)
        competences = competence_ids(tx, framework)
        unguard(tx, "item_standings")  # versions begin as drafts; these have lived already
        made = islice(_items(body.id, framework.id, competences, [account.id for account in people]), items)
        while batch := list(islice(made, _AT_ONCE)):
            for table, portion in zip(_TABLES, zip(*batch, strict=True), strict=True):
                tx.execute(insert(table), list(portion))
            sketch_all(tx, {row[1]["id"]: row[1]["content"] for row in batch})
    if database.dialect == "postgresql":  # as its autovacuum does; nobody does anything of the kind on SQLite
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return actor


def _items(
    organisation: uuid.UUID, framework: uuid.UUID, competences: dict[str, uuid.UUID], authors: list[uuid.UUID]
) -> Iterator[Rows]:
    dice = random.Random(7)
    texts = _sample_texts()
    codes = sorted(competences)
    for number in count():
        competence = codes[number % len(codes)]
        area, level = competence.partition(".")[0], 4 + number // len(codes) % 3
        code = f"{competence}-{level}-{number:06}"
        half = "half2" if area > "A4" else "half1"
        own = f"own{number} mark{dice.randrange(2000)} {area.replace('A', 'area')} {half}"
        content = _content(dice, texts, own)
        item_id = uuid.UUID(int=dice.getrandbits(128))
        at = NOW + timedelta(seconds=dice.randrange(10_000_000))
        language = "en" if number % 10 else "bg"
        version = {
            "id": uuid.UUID(int=dice.getrandbits(128)),
            "item_id": item_id,
            "number": 1,
            "kind": KIND,
            "language": language,
            "level": level,
            "cognitive": dice.choice(["remember", "apply", "analyse"]),
            "author_id": dice.choice(authors),
            "competence_id": competences[competence],
            "content": content,
            "content_hash": content_hash(KIND, language, content),
            "expected_difficulty": Fraction(dice.randint(35, 90), 100),
            "expected_seconds": 60,
            "created_at": at,
        }
        state = dice.choices(["live", "draft", "in_review", "resting"], [70, 15, 10, 5])[0]
        yield (
            {"id": item_id, "organisation_id": organisation, "code": code, "framework_id": framework, "created_at": at},
            version,
            _standing(version, state),
            _entry(version, state)
            | _use(number)
            | {"id": number + 1, "organisation_id": organisation, "code": code}
            | {"area": area, "competence": competence},
            {"entry_id": number + 1, "organisation_id": organisation, "code": code, "words": item_words(code, content)},
        )


def _standing(version: dict[str, Any], state: str) -> dict[str, Any]:
    return {
        "version_id": version["id"],
        "item_id": version["item_id"],
        "language": version["language"],
        "state": state,
        "since": version["created_at"],
        "due_at": None,
    }


def _entry(version: dict[str, Any], state: str) -> dict[str, Any]:
    return {name: version[name] for name in ("item_id", "kind", "language", "level", "cognitive", "author_id")} | {
        "newest_id": version["id"],
        "state": state,
        "is_live": state == "live",
        "is_pilot": False,
        "band": band_of(version["expected_difficulty"]).value,
        "changed_at": version["created_at"],
    }


def _use(number: int) -> dict[str, Any]:
    """As counting leaves it: most items were shown to few, one of 500 asks something of a person."""
    if number % 3:
        return {
            "exposure": "many" if number % 100 == 1 else "few",
            "facility": ("very_low", "low", "medium", "high")[number % 4],
            "discrimination": "negative" if number % 97 == 1 else "sound",
            "is_flagged": number % 500 == 1,
        }
    return {"exposure": "none", "facility": "unknown", "discrimination": "unknown", "is_flagged": False}


def _content(dice: random.Random, texts: list[dict[str, Any]], words: str) -> dict[str, Any]:
    one, other = dice.sample(texts, 2)
    halves = (one["stem"][: len(one["stem"]) // 2], other["stem"][len(other["stem"]) // 2 :])
    return {
        "stem": f"{halves[0]} {halves[1]} {words}",
        "options": [*one["options"][:2], *other["options"][2:]],
        "key": one["key"],
        "rationale": other["rationale"],
        "source": one["source"],
    }


def _sample_texts() -> list[dict[str, Any]]:
    folder = files("question_bank.sample") / "items"
    return [item for bank in folder.iterdir() for item in json.loads(bank.read_bytes())["items"] if "options" in item]


@contextmanager
def on_sqlite() -> Iterator[str | None]:
    """Yield the address of an empty database in a file."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        engine = open_engine(url)
        migrate(engine)
        engine.dispose()
        yield url


@contextmanager
def on_postgresql() -> Iterator[str | None]:
    """Yield the address of an empty database on the server of the tests; None where there is no server."""
    server = os.environ.get("EXAM_ENGINE_TEST_POSTGRESQL_URL")
    if server is None:
        yield None
        return
    name = f"exam_engine_bench_{uuid.uuid4().hex[:8]}"
    admin = open_engine(server).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            url = make_url(server).set(database=name).render_as_string(hide_password=False)
            engine = open_engine(url)
            migrate(engine)
            engine.dispose()
            yield url
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
