"""Tables of items: one set of columns for all kinds, one row for each item; CSV and XLSX are two ways to keep them.

One rule: a cell says one thing, in marked text; an empty cell says nothing, and a column that is not listed is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from kernel.sentences import say
from question_bank.drafts import TAGS
from question_bank.interchange.entries import Entry, Item, Source, taking
from question_bank.interchange.naming import plain_ids, plainly_named, properly_named
from question_bank.interchange.word_tables import is_for_translators, read_words

PARTS: Final = 20
_TEXTS = ("stem", "rationale", "source", "passage", "answer")
_CHOICES = ("scoring", "credit", "use", "counted", "case", "accents")
_USED: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "single_choice": ("part", "note", "key"),
        "multiple_choice": ("part", "note", "key"),
        "matrix": ("part", "match"),
        "matching": ("part", "match"),
        "ordering": ("part",),
        "gap_select": ("part", "match"),
        "gap_text": ("match",),
        "short_text": ("match",),
        "numeric": ("within", "units"),
    }
)
"""The kinds that tables have, each with what of the numbered and of the other cells says something of it."""
COLUMNS: Final = (
    *TAGS,
    *_TEXTS,
    "key",
    *_CHOICES,
    "within",
    "units",
    "names",
    *(f"{name}_{number}" for number in range(1, PARTS + 1) for name in ("part", "match", "note")),
)
EXPLAINED: Final = MappingProxyType(
    {
        "kind": ", ".join(_USED),
        "enemies": "codes, with commas between them",
        "key": "of a choice: the numbers of the right options, such as 1 or 1, 3",
        "part_1 ... part_20": "options; rows; premises; elements in their right order; the right choice of each gap",
        "match_1 ... match_20": "the column of a row; the counterpart of a premise; choices of a gap, or accepted "
        "forms, one on each line (of a short text: in match_1)",
        "note_1 ... note_20": "feedback to an option",
        "within": "how near is near enough, such as absolute 0.1 or significant_figures 3",
        "units": "one on each line: km = 1, m = 1/1000",
        "passage": "text with gaps [[1]], [[2]], in this order",
        "names": "ids of our own exports; leave it empty",
    }
)
_GUARDED = re.compile(r"['=+\-@\t\r]")
_POSITIONS = re.compile(r"\d{1,2}(\s*,\s*\d{1,2})*")
_WHOLE = re.compile(r"\d{1,5}")
_PAIRS = MappingProxyType({"matrix": ("rows", "columns"), "matching": ("premises", "counterparts")})
Row = Mapping[str, str]
WrittenRow = tuple[str, Sequence[str], str]
"""The place of a row, its cells without the apostrophes that guard them, and what is wrong with them as cells."""


def read_table(source: Source, place: str, head: Sequence[str], rows: Iterable[WrittenRow]) -> Iterator[Entry]:
    """Yield the entries of a table of items, or of one for translators; its head tells.

    Args:
        place: of the head.

    Raises:
        DocumentRefused: the columns are not those of such a table.
    """
    if is_for_translators(head):
        yield from read_words(source, place, head, _sound(source, rows))
        return
    columns = [name.lower() for name in head]
    _check_columns(source, place, columns)
    for where, cells, fault in rows:
        row = dict(zip(columns, cells, strict=False))
        yield _read_row(source, where, row, fault or (say("has a cell below no head") if row.pop("", "") else ""))


def _sound(source: Source, rows: Iterable[WrittenRow]) -> Iterator[tuple[str, Sequence[str]]]:
    for where, cells, fault in rows:
        if fault:
            source.refuse(where, fault)
        yield where, cells


def _check_columns(source: Source, place: str, columns: Sequence[str]) -> None:
    """Refuse a table whose head has unknown columns, has one twice, or has none that says what is asked."""
    unknown = [name for name in columns if name not in COLUMNS and name]
    if unknown:
        source.refuse(
            place,
            say("has the column %(column)r, which is not known; take the template's head", column=unknown[0][:60]),
        )
    if len(set(columns) - {""}) != len([name for name in columns if name]):
        source.refuse(place, say("has a column twice"))
    if not {"kind", "stem"} <= set(columns):
        source.refuse(place, say("has no columns kind and stem; take the template's head"))


def _read_row(source: Source, place: str, row: Row, fault: str) -> Entry:
    """Return the entry of one row; one with a fault is refused by itself."""
    cells = {name: value for name, value in row.items() if value.strip()}
    entry = Entry(source, place, cells.get("code", f"the row at {place.lstrip(':#')}"))
    with taking(entry):
        if fault:
            entry.refuse(fault)
        item: Item = {name: cells[name] for name in (*TAGS, *_TEXTS, *_CHOICES) if name in cells}
        for name in ("level", "expected_seconds"):
            if name in cells:
                if not _WHOLE.fullmatch(cells[name].strip()):
                    entry.refuse(
                        say(
                            "says %(value)r for its %(name)s, which is no whole number",
                            value=cells[name][:40],
                            name=name,
                        )
                    )
                item[name] = int(cells[name])
        if "enemies" in cells:
            item["enemies"] = [code.strip() for code in cells["enemies"].split(",")]
        if cells.get("kind") not in _USED:
            entry.refuse(
                say(
                    "says %(value)r for its kind; tables have %(names)s",
                    value=cells.get("kind", "")[:40],
                    names=", ".join(_USED),
                )
            )
        item |= _of_kind(entry, cells)
        _refuse_idle(entry, cells, item["kind"])
        try:
            entry.item = properly_named(item, cells["names"]) if "names" in cells else item
        except (ValueError, KeyError):
            entry.refuse(say("its names do not fit its parts; leave that cell empty"))
    return entry


def _of_kind(entry: Entry, cells: Row) -> Item:  # noqa: PLR0911 - a kind for each
    parts = _numbered(entry, cells, "part")
    match cells["kind"]:
        case "single_choice" | "multiple_choice":
            return _choice(entry, cells, parts)
        case "matrix" | "matching":
            return _matched(entry, cells)
        case "ordering":
            elements = [{"id": id_, "text": text} for id_, text in zip(plain_ids(len(parts)), parts, strict=True)]
            return {"elements": elements, "key": [thing["id"] for thing in elements]}
        case "short_text":
            return {"accepted": cells.get("match_1", "").split("\n")}
        case "gap_text":
            forms = _numbered(entry, cells, "match")
            return {"gaps": [{"id": str(at), "accepted": words.split("\n")} for at, words in enumerate(forms, 1)]}
        case "gap_select":
            return {"gaps": list(_gaps(entry, parts, _numbered(entry, cells, "match")))}
        case _:
            return _numeric(entry, cells)


def _choice(entry: Entry, cells: Row, parts: list[str]) -> Item:
    key = cells.get("key", "").strip()
    if not _POSITIONS.fullmatch(key):
        entry.refuse(say("says in its key no numbers of options, such as 1 or 1, 3"))
    ids = plain_ids(len(parts))
    positions = [int(number) for number in key.split(",")]
    if not all(1 <= position <= len(parts) for position in positions):
        entry.refuse(say("says in its key a number that none of its options has"))
    options = []
    for at, (id_, text) in enumerate(zip(ids, parts, strict=True), 1):
        note = cells.get(f"note_{at}", "")
        options.append({"id": id_, "text": text} | ({"feedback": note} if note else {}))
    return {"options": options, "key": [ids[position - 1] for position in sorted(set(positions))]}


def _matched(entry: Entry, cells: Row) -> Item:
    pairs = [(cells.get(f"part_{at}", ""), cells.get(f"match_{at}", "")) for at in range(1, PARTS + 1)]
    pairs = [pair for pair in pairs if any(pair)]
    if not all(right for _, right in pairs):
        entry.refuse(say("has a part without its match"))
    lefts = [left for left, _ in pairs if left]
    rights = list(
        dict.fromkeys([right for left, right in pairs if left] + [right for left, right in pairs if not left])
    )
    ids = dict(zip(rights, plain_ids(len(rights)), strict=True))
    left, right = _PAIRS[cells["kind"]]
    return {
        left: [{"id": id_, "text": text} for id_, text in zip(plain_ids(len(lefts)), lefts, strict=True)],
        right: [{"id": id_, "text": text} for text, id_ in ids.items()],
        "key": dict(zip(plain_ids(len(lefts)), (ids[match] for one, match in pairs if one), strict=True)),
    }


def _gaps(entry: Entry, right: list[str], choices: list[str]) -> Iterator[Item]:
    if len(right) != len(choices):
        entry.refuse(say("has not as many right choices (part) as lists of choices (match)"))
    for at, (wanted, lines) in enumerate(zip(right, choices, strict=True), 1):
        words = lines.split("\n")
        if wanted not in words or len(words) > PARTS:
            entry.refuse(say("has a gap %(at)s whose right choice is not among its choices", at=at))
        ids = plain_ids(len(words))
        options = [{"id": id_, "text": text} for id_, text in zip(ids, words, strict=True)]
        yield {"id": str(at), "options": options, "key": ids[words.index(wanted)]}


def _numeric(entry: Entry, cells: Row) -> Item:
    item: Item = {}
    if "within" in cells:
        way, _, bound = cells["within"].strip().partition(" ")
        item["within"] = {
            way: int(bound) if way in {"significant_figures", "decimal_places"} and _WHOLE.fullmatch(bound) else bound
        }
    if "units" in cells:
        units = [line.rpartition("=") for line in cells["units"].split("\n")]
        if not all(equals for _, equals, _ in units):
            entry.refuse(say("says a unit without its factor, such as km = 1"))
        item["units"] = [{"unit": unit.strip(), "factor": factor.strip()} for unit, _, factor in units]
    return item


def _numbered(entry: Entry, cells: Row, name: str) -> list[str]:
    """Return numbered cells, of which none is left out before the last one."""
    found = [cells.get(f"{name}_{number}", "") for number in range(1, PARTS + 1)]
    while found and not found[-1]:
        found.pop()
    if not all(found) and cells["kind"] not in _PAIRS:
        entry.refuse(say("leaves out %(name)s_%(number)s", name=name, number=found.index("") + 1))
    return found


def _refuse_idle(entry: Entry, cells: Row, kind: str) -> None:
    """Refuse cells that say something that items of this kind do not have."""
    used = _USED[kind]
    always = {*TAGS, *_TEXTS, *_CHOICES, "names"}  # of those, the kind itself refuses what it does not have
    idle = [name for name in cells if name not in always and name.rpartition("_")[0] not in used and name not in used]
    if idle:
        entry.refuse(say("says something in %(column)s, which a %(kind)s does not have", column=idle[0], kind=kind))


def row_of(item: Item) -> dict[str, str]:
    """Return an item as one row.

    Raises:
        ValueError: with the reason why it cannot be one.
    """
    plain, names = plainly_named(item)
    row = {name: str(plain[name]) for name in (*TAGS, *_TEXTS, *_CHOICES) if name in plain and name != "enemies"}
    row |= {"enemies": ", ".join(plain.get("enemies", ())), "names": names}
    match plain["kind"]:
        case "single_choice" | "multiple_choice":
            at = {option["id"]: str(number) for number, option in enumerate(plain["options"], 1)}
            row["key"] = ", ".join(at[id_] for id_ in plain["key"])
            for number, option in enumerate(plain["options"], 1):
                row |= {f"part_{number}": option["text"], f"note_{number}": option.get("feedback", "")}
        case "matrix" | "matching":
            row |= _pair_cells(plain, *_PAIRS[plain["kind"]])
        case "ordering":
            row |= {f"part_{number}": thing["text"] for number, thing in enumerate(plain["elements"], 1)}
        case "short_text":
            row["match_1"] = _lines(plain["accepted"])
        case "gap_text":
            row |= {f"match_{number}": _lines(gap["accepted"]) for number, gap in enumerate(plain["gaps"], 1)}
        case "gap_select":
            for number, gap in enumerate(plain["gaps"], 1):
                texts = {option["id"]: option["text"] for option in gap["options"]}
                row |= {f"part_{number}": texts[gap["key"]], f"match_{number}": _lines([*texts.values()])}
        case "numeric":
            row |= {"within": " ".join(map(str, next(iter(plain["within"].items()))))} if "within" in plain else {}
            row["units"] = _lines([f"{unit['unit']} = {unit['factor']}" for unit in plain.get("units", ())])
        case kind:
            message = say("tables have no %(kind)s", kind=kind)
            raise ValueError(message)
    return {name: value for name, value in row.items() if value}


def _pair_cells(item: Item, left: str, right: str) -> dict[str, str]:
    texts = {thing["id"]: thing["text"] for thing in item[right]}
    used = set(item["key"].values())
    pairs = [(thing["text"], texts[item["key"][thing["id"]]]) for thing in item[left]]
    pairs += [("", text) for id_, text in texts.items() if id_ not in used]
    if len(pairs) > PARTS:
        message = say("tables have room for %(parts)s pairs", parts=PARTS)
        raise ValueError(message)
    cells: dict[str, str] = {}
    for number, (one, other) in enumerate(pairs, 1):
        cells |= {f"part_{number}": one, f"match_{number}": other}
    return cells


def _lines(texts: Sequence[str]) -> str:
    if any("\n" in text or text != text.strip() for text in texts):
        message = say("it has a line break or space around one of several things in a cell")
        raise ValueError(message)
    return "\n".join(texts)


def guarded(cell: str) -> str:
    """Return a cell that no program takes for a formula."""
    return f"'{cell}" if _GUARDED.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return a cell without the apostrophe that guards it."""
    return cell[1:] if cell.startswith("'") and _GUARDED.match(cell, 1) else cell
