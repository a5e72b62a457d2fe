"""Finding: items of a bank by their facets and by what they say, in pages that begin after a row.

One rule: rows are read along an index from a cursor on, never counted off or sorted as a whole (decision 23).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, joinedload

from kernel.accounts import Account
from kernel.canonical import iso
from kernel.errors import Fault, Invalid
from kernel.permissions import Actor
from kernel.sentences import say
from question_bank.catalogue import Band, CatalogueEntry
from question_bank.competences import Area, Competence, Framework
from question_bank.full_text import ItemWords, entry_said, query_words, said, says, use_the_index
from question_bank.item_questions import Discrimination, Exposure, Facility
from question_bank.items import ADMINISTERED, Cognitive, Item, ItemState, ItemVersion, Standing

WINDOW = 1000
"""So many rows from the cursor on are read for their words before the index of words is asked: dense words are there."""
GLANCES = 5
"""The first of so many parts of the window says whether the rest is worth reading."""
COUNTED = 1000
"""So many items are counted; where there are more, a page says so."""
_QUERY_MAX = 400
_DIGITS_MAX = 18
_E = CatalogueEntry
_Rows = Select[int]


class Order(StrEnum):
    """In which order items are listed: by code, or the last changed first."""

    CODE = "code"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; None asks for nothing. A state is that of the newest version, or live or piloted of any."""

    query: str = ""
    state: ItemState | None = None
    area: str | None = None
    competence: str | None = None
    level: int | None = None
    kind: str | None = None
    language: str | None = None
    author_id: uuid.UUID | None = None
    cognitive: Cognitive | None = None
    band: Band | None = None
    exposure: Exposure | None = None
    facility: Facility | None = None
    discrimination: Discrimination | None = None
    is_flagged: bool | None = None
    since: datetime | None = None
    """Last changed at this moment or later."""


class Line(NamedTuple):
    """An item: its newest version, those that stand before candidates beside it, and when the last step was taken."""

    newest: ItemVersion
    administered: list[ItemVersion]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A page, the cursors of its neighbours, and on the first page how many items there are at least."""

    lines: list[Line]
    after: str | None
    before: str | None
    count: int | None
    is_whole_count: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What a bank can be searched by: codes and names of competences, authors by name, languages."""

    competences: list[tuple[str, str]]
    authors: list[tuple[uuid.UUID, str]]
    languages: list[str]


def find_items(
    tx: Session,
    actor: Actor,
    search: Search,
    *,
    order: Order = Order.CODE,
    after: str = "",
    before: str = "",
    limit: int,
) -> Found:
    """Return a page of the items of the actor's organisation that match.

    Args:
        after: the cursor of the page before; the first page where it is empty.
        before: the cursor of the page after, to go back; not both.

    Raises:
        Invalid: the cursor is none of this order.
    """
    backwards, is_first = bool(before), not (before or after)
    way = _Way(order, backwards, before or after)
    ids, is_whole = _ids(tx, actor, search, way, wanted=limit + 1, reach=COUNTED + 1 if is_first else limit + 1)
    page = _entries(tx, ids[:limit][::-1] if backwards else ids[:limit])
    more = len(ids) > limit
    ends = (_cursor(order, page[0]), _cursor(order, page[-1])) if page else (None, None)
    return Found(
        lines=_lines(tx, page),
        after=ends[1] if more or backwards else None,
        before=ends[0] if (more if backwards else not is_first) else None,
        count=min(len(ids), COUNTED) if is_first else None,
        is_whole_count=is_whole and len(ids) <= COUNTED,
    )


def matching_items(tx: Session, actor: Actor, search: Search, *, limit: int) -> list[uuid.UUID]:
    """Return the ids of so many items that match, in the order of their codes."""
    ids, _ = _ids(tx, actor, search, _Way(Order.CODE, backwards=False, cursor=""), wanted=limit, reach=limit)
    return list(tx.scalars(select(_E.item_id).where(_E.id.in_(ids)).order_by(_E.code)))


def choices_of(tx: Session, actor: Actor) -> Choices:
    """Return what an organisation's bank can be searched by."""
    competences = tx.execute(
        select(Competence.code, Competence.name)
        .join(Framework, Framework.id == Competence.framework_id)
        .join(Area, Area.id == Competence.area_id)
        .where(Framework.organisation_id == actor.organisation_id)
        .order_by(Framework.imported_at, Area.position, Competence.position)
    )
    writers = _values(tx, actor, _E.author_id)
    authors = select(Account.id, Account.display_name).where(Account.id.in_(writers)).order_by(Account.display_name)
    return Choices(
        competences=list(dict(competences.all()).items()),
        authors=[(id_, name) for id_, name in tx.execute(authors)],
        languages=list(_values(tx, actor, _E.language)),
    )


class _Way(NamedTuple):
    """An order, the direction in which it is walked, and the cursor from which on."""

    order: Order
    backwards: bool
    cursor: str

    def keys(self, rows: Any) -> list[ColumnElement[Any]]:  # noqa: ANN401 - the catalogue, or columns of a part of it
        """The columns to sort by."""
        columns = [rows.code] if self.order is Order.CODE else [rows.changed_at, rows.id]
        falling = (self.order is Order.CHANGED) is not self.backwards
        return [column.desc() if falling else column.asc() for column in columns]

    def beyond(self, rows: Any = _E) -> ColumnElement[bool]:  # noqa: ANN401 - as for ``keys``
        """The rows after the cursor."""
        if not self.cursor:
            return true()
        if self.order is Order.CODE:
            code: ColumnElement[str] = rows.code
            return code < self.cursor if self.backwards else code > self.cursor
        place = _moment_and_id(self.cursor)
        return tuple_(_E.changed_at, _E.id) > place if self.backwards else tuple_(_E.changed_at, _E.id) < place


def _ids(
    tx: Session, actor: Actor, search: Search, way: _Way, *, wanted: int, reach: int
) -> tuple[Sequence[int], bool]:
    """Return rows that match, at least ``wanted`` and at most ``reach`` if there are as many; and if these are all.

    Dense words are met soon on the way; what a glance at it, or a window of it, does not meet is looked up in the index
    of words. Of a thousand rows that are only counted, nothing but the number is fetched.
    """
    rows = (
        select(_E.id).where(_E.organisation_id == actor.organisation_id, *_conditions(search)).order_by(*way.keys(_E))
    )
    if not search.query.strip():
        found = tx.scalars(rows.where(way.beyond()).limit(reach)).all()
        return found, len(found) < reach
    query = query_words(search.query[:_QUERY_MAX])
    if not query:
        return [], True
    met, is_all = _met(tx, rows, way, query, wanted=wanted, reach=reach)
    if is_all or len(met) >= wanted:
        return met[:reach], is_all
    with use_the_index(tx):
        if way.order is Order.CODE and search == Search(search.query):
            words = select(ItemWords.entry_id).where(ItemWords.organisation_id == actor.organisation_id)
            rows = words.where(said(tx, query), way.beyond(ItemWords)).order_by(*way.keys(ItemWords))
        else:
            rows = rows.where(entry_said(tx, _E.id, query), way.beyond())
        found = tx.scalars(rows.limit(reach)).all()
    return found, len(found) < reach


def _met(tx: Session, rows: _Rows, way: _Way, query: list[str], *, wanted: int, reach: int) -> tuple[list[int], bool]:
    """Return rows of the window that say the words, and if the window holds all there are; few where a glance met few."""
    met: list[int] = []
    glance = WINDOW // GLANCES
    for length in (glance, WINDOW - glance):
        window = tx.execute(_window(rows.where(way.beyond()), way, query, length)).all()
        met += [row.id for row in window if row.says]
        if len(window) < length:
            return met, True
        if len(met) >= reach or len(met) * GLANCES < wanted:
            break
        way = way._replace(cursor=_cursor(way.order, window[-1])) if window else way
    return met, False


def _window(rows: _Rows, way: _Way, query: list[str], length: int) -> Select[Any]:
    """The next rows of a way in its order: ``id``, ``code``, ``changed_at``, and whether each ``says`` the words."""
    near = rows.add_columns(_E.code, _E.changed_at).limit(length).subquery("near")
    judged = select(near, says(query).label("says")).join(ItemWords, ItemWords.entry_id == near.c.id)
    return judged.order_by(*way.keys(near.c))


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for facet in fields(search):
        value = getattr(search, facet.name)
        if facet.name == "query" or value is None:
            continue
        if isinstance(value, datetime):
            conditions.append(_E.changed_at >= value)
        elif facet.name == "state" and value in ADMINISTERED:
            conditions.append((_E.is_live if value == ItemState.LIVE else _E.is_pilot).is_(True))
        else:
            conditions.append(getattr(_E, facet.name) == value)
    return conditions


def _entries(tx: Session, ids: Sequence[int]) -> list[CatalogueEntry]:
    entries = {entry.id: entry for entry in tx.scalars(select(_E).where(_E.id.in_(ids)))}
    return [entries[id_] for id_ in ids]


def _lines(tx: Session, page: Sequence[CatalogueEntry]) -> list[Line]:
    shown = (
        select(ItemVersion)
        .join(ItemVersion.standing)
        .where(
            Standing.item_id.in_([entry.item_id for entry in page]),
            ItemVersion.id.in_([entry.newest_id for entry in page]) | Standing.state.in_(ADMINISTERED),
        )
        .options(contains_eager(ItemVersion.standing), joinedload(ItemVersion.item).load_only(Item.code))
        .options(joinedload(ItemVersion.competence).load_only(Competence.code))
        .order_by(ItemVersion.number)
    )
    newest: dict[uuid.UUID, ItemVersion] = {}
    administered: defaultdict[uuid.UUID, list[ItemVersion]] = defaultdict(list)
    for version in tx.scalars(shown):
        newest[version.id] = version
        if version.standing.state in ADMINISTERED:
            administered[version.item_id].append(version)
    return [Line(newest[entry.newest_id], administered[entry.item_id], entry.changed_at) for entry in page]


def _values(tx: Session, actor: Actor, column: InstrumentedAttribute[Any]) -> Sequence[Any]:
    """Return the values of a column in order, each from the next step into its index: there are few, of many rows."""
    step = select(column).where(_E.organisation_id == actor.organisation_id).order_by(column).limit(1)
    values = select(step.scalar_subquery().label("value")).cte("found", recursive=True)
    following = step.where(column > values.c.value).scalar_subquery()
    values = values.union_all(select(following).where(values.c.value.is_not(None)))
    return tx.scalars(select(values.c.value).where(values.c.value.is_not(None))).all()


def _cursor(order: Order, entry: Any) -> str:  # noqa: ANN401 - a row of the catalogue, or a part of one
    return entry.code if order is Order.CODE else f"{iso(entry.changed_at)}~{entry.id}"


def _moment_and_id(cursor: str) -> tuple[datetime, int]:
    moment, _, number = cursor.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        if at.tzinfo is not None and number.isascii() and len(number) <= _DIGITS_MAX:
            return at, int(number)
    except ValueError:
        pass
    message = say("this list has no such place")
    raise Invalid(
        message, faults=[Fault("after", say("pass the cursor of a page of this list, in this order, as it came"))]
    )
