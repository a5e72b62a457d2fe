"""Parts of a framework document, written one at a time: its head with its sources, an area, a job role, a competence.

One rule: whoever writes over a part has seen what it says. Where it stands may change meanwhile; what it says may not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from kernel.canonical import digest
from kernel.errors import Conflict, NotFound
from kernel.sentences import say

Document = dict[str, Any]
PROPOSED = "proposed"
_ORIGINS = frozenset({"provenance", "sources"})


class PartChanged(Conflict):
    """Somebody else has written this part over, or taken it away."""

    code = "part_changed"


class PartKind(StrEnum):
    """What may be written by itself; but for the head, named as its list in the document."""

    HEAD = "head"
    AREA = "areas"
    ROLE = "roles"
    COMPETENCE = "competences"


ELEMENTS: Mapping[PartKind, str] = MappingProxyType({PartKind.COMPETENCE: "criteria", PartKind.ROLE: "tasks"})
"""The member of a part whose elements say themselves where they come from."""


def seal_of(part: object) -> str:
    """Return what names the state of a part, or of a whole document."""
    return digest(part)


def parts_of(document: Mapping[str, Any], kind: PartKind) -> list[Any]:
    """Return the parts of a kind in their order, whatever stands there; drafts may be incomplete."""
    if kind is PartKind.HEAD:
        return [{name: document.get(name, {}) for name in ("framework", "sources")}]
    found = document.get(kind.value)
    return found if isinstance(found, list) else []


def part_at(document: Mapping[str, Any], kind: PartKind, index: int) -> dict[str, Any]:
    """Return one part, empty where no object stands at its place.

    Raises:
        NotFound: there is no such place.
    """
    parts = parts_of(document, kind)
    if not 0 <= index < len(parts):
        message = say("the draft has no such part")
        raise NotFound(message)
    return parts[index] if isinstance(parts[index], dict) else {}


def find_part(document: Mapping[str, Any], kind: PartKind, index: int, seal: str) -> int:
    """Return where a part stands now that was seen with a seal at an index.

    Raises:
        PartChanged: none says any more what was seen.
    """
    parts = parts_of(document, kind)
    places = [place for place, part in enumerate(parts) if seal_of(part) == seal]
    if places:
        return index if index in places else places[0]
    message = say("somebody has changed this part of the framework since you opened it; look at both texts")
    raise PartChanged(message)


def with_part(document: Mapping[str, Any], kind: PartKind, index: int | None, part: Mapping[str, Any]) -> Document:
    """Return the document with a part written over, or added; whatever named it by its code names it by its new one."""
    changed = deepcopy(dict(document))
    if kind is PartKind.HEAD:
        return changed | deepcopy(dict(part))
    parts = changed[kind.value] = parts_of(changed, kind)
    before = part_at(changed, kind, index) if index is not None else {}
    after = deepcopy(dict(part))
    _propose_what_is_new(before, after, ELEMENTS.get(kind, ""))
    if index is None:
        parts.append(after)
    else:
        parts[index] = after
        _follow(changed, kind, before.get("code"), after.get("code"))
    return changed


def without_part(document: Mapping[str, Any], kind: PartKind, index: int) -> Document:
    """Return the document without a part; levels of a role and tasks' mentions of a competence go with it."""
    changed = deepcopy(dict(document))
    gone = part_at(changed, kind, index)
    parts_of(changed, kind).pop(index)
    _follow(changed, kind, gone.get("code"), None)
    return changed


def with_part_moved(document: Mapping[str, Any], kind: PartKind, index: int, *, is_up: bool) -> Document:
    """Return the document with a part changed for its neighbour; a competence's neighbour is of the same area."""
    changed = deepcopy(dict(document))
    part = part_at(changed, kind, index)
    parts = parts_of(changed, kind)
    others = range(index - 1, -1, -1) if is_up else range(index + 1, len(parts))
    beside = (other for other in others if kind is not PartKind.COMPETENCE or _area(parts[other]) == part.get("area"))
    neighbour = next(beside, index)
    parts[index], parts[neighbour] = parts[neighbour], parts[index]
    return changed


def _area(competence: object) -> object:
    return competence.get("area") if isinstance(competence, dict) else None


def _propose_what_is_new(before: Mapping[str, Any], after: dict[str, Any], elements: str) -> None:
    """Keep where a field comes from while it says the same; what is written anew is proposed."""
    _state_origins(before, after, elements)
    old = {one["code"]: one for one in _objects(before.get(elements)) if isinstance(one.get("code"), str)}
    for element in _objects(after.get(elements)):
        same = element.pop("was", element.get("code"))
        _state_origins(old.get(same, {}) if isinstance(same, str) else {}, element, "")


def _state_origins(before: Mapping[str, Any], after: dict[str, Any], elements: str) -> None:
    stated, named = (_object(before.get(name)) for name in ("provenance", "sources"))
    fields = [name for name in after if name not in _ORIGINS and name != elements]
    kept = [name for name in fields if name in stated and name in before and before[name] == after[name]]
    after["provenance"] = {name: stated[name] if name in kept else PROPOSED for name in fields}
    after.pop("sources", None)
    if sources := {name: named[name] for name in kept if name in named}:
        after["sources"] = sources


def _follow(document: Document, kind: PartKind, old: object, new: object) -> None:
    """Let references follow a part's code that was changed or, without a new one, go with it."""
    codes = [part.get("code") for part in _objects(document.get(kind.value))]
    if not isinstance(old, str) or old == new or old in codes or not isinstance(new, str | None):
        return
    for holder, reference in _references(document, kind, old):
        if isinstance(holder, list):
            holder[reference : reference + 1] = [new] if new and new not in holder else []
        elif new and kind is PartKind.ROLE:
            level = holder.pop(old)
            holder.setdefault(new, level)
        elif new:
            holder[reference] = new
        elif kind is PartKind.ROLE:
            holder.pop(old)


def _references(document: Document, kind: PartKind, code: str) -> Iterator[tuple[Any, Any]]:
    """Yield every place that names a code: the object or list that holds it, and the member or index."""
    if kind is PartKind.COMPETENCE:
        for role in _objects(document.get(PartKind.ROLE)):
            for task in _objects(role.get("tasks")):
                named = task.get("competences")
                if isinstance(named, list) and code in named:
                    yield named, named.index(code)
    for competence in _objects(document.get(PartKind.COMPETENCE)):
        if kind is PartKind.ROLE and code in _object(competence.get("eqf")):
            yield competence["eqf"], code
        if kind is PartKind.AREA and competence.get("area") == code:
            yield competence, "area"


def _objects(value: object) -> Collection[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
