"""The form for one part of a framework: what stands in it, and what the part becomes of it.

One rule: what a form does not show stays as it is: bases, statements, phases, and where a text comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exam_engine.http.web.bank.posted_item import read_posted
from kernel.errors import Invalid
from kernel.sentences import say
from question_bank.framework_parts import PartKind, part_at, parts_of, seal_of

_TEXTS: Mapping[PartKind, tuple[str, ...]] = {
    PartKind.HEAD: ("code", "version", "language", "status", "title", "notice"),
    PartKind.AREA: ("code", "name"),
    PartKind.COMPETENCE: ("code", "area", "name", "description"),
    PartKind.ROLE: ("code", "name", "description", "life_cycle_phase"),
}
_ROWS: Mapping[PartKind, tuple[tuple[str, str], ...]] = {
    PartKind.COMPETENCE: (("criteria", "code"),),
    PartKind.ROLE: (("prerequisites", "text"), ("tasks", "code")),
}
"""Rows, and the member by which a row is known again."""


@dataclass(frozen=True, slots=True)
class PartForm:
    """What somebody is writing; ``index`` is None for a part that is new.

    ``seal`` names what they have seen, and ``known`` is the code it had, by which it is found when it says something else.
    """

    kind: PartKind
    index: int | None
    seal: str
    known: str
    written: dict[str, Any]


def form_of(document: Mapping[str, Any], kind: PartKind, index: int | None, given: Mapping[str, str]) -> PartForm:
    """Return the form of a part as it stands, or of a new one with what is known of it already."""
    if index is None:
        return PartForm(kind, None, "", "", _written(document, kind, dict(given)))
    part = part_at(document, kind, index)
    seal, known = seal_of(parts_of(document, kind)[index]), str(part.get("code", ""))
    return PartForm(kind, index, seal, known, _written(document, kind, part))


def form_posted(kind: PartKind, index: int | None, fields: list[tuple[str, str]]) -> PartForm:
    """Return the form as it was posted."""
    own = dict(fields)
    return PartForm(kind, index, own.get("seal", ""), own.get("known", ""), read_posted(fields).document)


def part_written(document: Mapping[str, Any], form: PartForm, index: int | None) -> dict[str, Any]:
    """Return the part as the form says it, over what stands there.

    Raises:
        Invalid: two sources have one name, of which one would be lost.
    """
    stored = part_at(document, form.kind, index) if index is not None else {}
    if form.kind is PartKind.HEAD:
        head = _with_texts(_object(stored.get("framework")), form)
        return {"framework": head, "sources": _sources(_object(stored.get("sources")), _rows(form.written, "sources"))}
    part = _with_texts(stored, form)
    if form.kind is PartKind.COMPETENCE:
        rows = [row for row in _rows(form.written, "levels") if "role" in row and "level" in row]
        part["eqf"] = {row["role"]: row["level"] for row in rows}
    if form.kind is PartKind.ROLE:
        _put(part, "name_variants", form.written.get("name_variants") or None)
    for name, known_by in _ROWS.get(form.kind, ()):
        rows = _merged(_rows(stored, name), _rows(form.written, name), known_by)
        _put(part, name, rows or ([] if name == "prerequisites" else None))
    return part


def _with_texts(stored: Mapping[str, Any], form: PartForm) -> dict[str, Any]:
    part = dict(stored)
    for name in _TEXTS[form.kind]:
        _put(part, name, form.written.get(name))
    return part


def _merged(stored: list[dict[str, Any]], rows: list[dict[str, Any]], known_by: str) -> list[dict[str, Any]]:
    """Return the rows as they were written, each over the one it was, which may say more than the form shows."""
    before = {row[known_by]: row for row in stored if isinstance(row.get(known_by), str)}
    merged = []
    for row in rows:
        old = before.get(row.get("was", ""), {})
        kept = {name: value for name, value in old.items() if name not in {"code", "text", "competences"}}
        said = dict(row) if known_by == "code" else {name: value for name, value in row.items() if name != "was"}
        if "competences" in said:
            said["competences"] = _in_the_order_of(old.get("competences"), said["competences"])
        merged.append({**kept, **said})
    return merged


def _in_the_order_of(before: object, named: object) -> object:
    """Return what was ticked as it was written before, and what is new behind it; boxes stand in the framework's order."""
    if not isinstance(before, list) or not isinstance(named, list):
        return named
    return [*(one for one in before if one in named), *(one for one in named if one not in before)]


def _sources(stored: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        code = row.get("code") or row.get("name") or row.get("url")
        if code in found:
            message = say("two sources are named %(code)r; give each a code of its own", code=code)
            raise Invalid(message)
        if code:
            kept = {name: value for name, value in _object(stored.get(row.get("was", ""))).items() if name != "url"}
            found[code] = {**kept, **{name: row[name] for name in ("name", "url") if name in row}}
    return found


def _written(document: Mapping[str, Any], kind: PartKind, part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part as its form shows it."""
    if kind is PartKind.HEAD:
        sources = _object(part.get("sources"))
        rows = [{**_object(source), "was": code, "code": code} for code, source in sources.items()]
        return {**_object(part.get("framework")), "sources": rows}
    written = dict(part)
    for name, known_by in _ROWS.get(kind, ()):
        written[name] = [{**row, "was": row.get(known_by, "")} for row in _rows(part, name)]
    if kind is PartKind.COMPETENCE:
        levels = _object(part.get("eqf"))
        roles = [str(_object(role).get("code", "")) for role in parts_of(document, PartKind.ROLE)]
        named = dict.fromkeys([*(role for role in roles if role), *levels])
        written["levels"] = [{"role": role, "level": levels.get(role)} for role in named]
    return written


def _put(part: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        part.pop(name, None)
    else:
        part[name] = value


def _rows(holder: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = holder.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
