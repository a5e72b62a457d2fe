"""Items of every kind as Hypothesis draws them, in the shape of the bank file."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
_MARKS = ("{}", "*{}*", "**{}**", "`{}`", "10^{}^", "H~{}~", r"\(x_1\) {}", "{} < 5 & more", "# {}", "{}: 50% {{yes}}")
_WORDS = st.text("abcdefgäșж0", min_size=1, max_size=6)
_IDS = st.text("abcxyz-_.19", min_size=1, max_size=5).filter(lambda id_: id_[0].isalnum())


def _lines(extra: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    return st.builds(lambda mark, word: mark.format(word), st.sampled_from((*_MARKS, *extra)), _WORDS)


LINES = _lines()
BLOCKS = _lines(
    ("- {}\n- two", "One.\n\n{}", "| a | b |\n| --- | --- |\n| {} | 2 |", "> {}", "1. {}", "```\nx = {}\n```")
)
FORMS = st.builds(
    "{}{}{}".format, _WORDS, st.sampled_from(["", " ", "*", "=", "~", "#", ":", "&", "\\", "{", "}"]), _WORDS
)


def _things(at_least: int, at_most: int, **more: st.SearchStrategy[str]) -> st.SearchStrategy[list[Json]]:
    def made(ids: list[str], texts: list[str], data: list[Json]) -> list[Json]:
        return [
            {"id": id_, "text": f"{text} {number}"} | extra
            for number, (id_, text, extra) in enumerate(zip(ids, texts, data, strict=True))
        ]

    def of(count: int) -> st.SearchStrategy[list[Json]]:
        return st.builds(
            made,
            st.just(list("abcdefgh"[:count])) | st.lists(_IDS, min_size=count, max_size=count, unique=True),
            st.lists(_lines(), min_size=count, max_size=count),
            st.lists(st.fixed_dictionaries({}, optional=more), min_size=count, max_size=count),
        )

    return st.integers(at_least, at_most).flatmap(of)


@st.composite
def choices(draw: st.DrawFn, kind: str) -> Json:
    options = draw(_things(2, 5, feedback=BLOCKS))
    ids = [option["id"] for option in options]
    count = 1 if kind == "single_choice" else draw(st.integers(1, len(ids)))
    item = {"kind": kind, "options": options, "key": draw(st.permutations(ids))[:count]}
    ways = ["ecqa", "all_or_nothing", "plus_minus"]
    return item | (draw(_said(scoring=ways)) if kind == "multiple_choice" else {})


@st.composite
def pairings(draw: st.DrawFn, kind: str) -> Json:
    left, right = ("rows", "columns") if kind == "matrix" else ("premises", "counterparts")
    lefts, rights = draw(_things(2, 4)), draw(_things(2, 5))
    ids = [thing["id"] for thing in rights]
    often = kind == "matrix" or len(lefts) > len(rights) or draw(st.booleans())
    given = [draw(st.sampled_from(ids)) for _ in lefts] if often else draw(st.permutations(ids))[: len(lefts)]
    item = {"kind": kind, left: lefts, right: rights}
    item["key"] = {thing["id"]: other for thing, other in zip(lefts, given, strict=True)}
    use = {"use": "often"} if often and kind == "matching" else draw(_said(use=["once"])) if kind == "matching" else {}
    return item | use | draw(_said(credit=["per_part", "all_or_nothing"]))


@st.composite
def orderings(draw: st.DrawFn) -> Json:
    elements = draw(_things(3, 5))
    key = draw(st.permutations([thing["id"] for thing in elements]))
    return {"kind": "ordering", "elements": elements, "key": key} | draw(
        _said(counted=["whole", "places", "neighbours"])
    )


@st.composite
def gap_texts(draw: st.DrawFn) -> Json:
    ids = draw(st.lists(_IDS, min_size=1, max_size=3, unique=True))
    gaps = [{"id": id_, "accepted": draw(_accepted())} for id_ in draw(st.permutations(ids))]
    return {"kind": "gap_text", "passage": _passage(ids), "gaps": gaps} | draw(
        _said(credit=["per_part", "all_or_nothing"], case=["ignored", "counts"], accents=["ignored", "counts"])
    )


@st.composite
def gap_selects(draw: st.DrawFn) -> Json:
    ids = draw(st.lists(_IDS, min_size=1, max_size=3, unique=True))
    gaps = []
    for id_ in draw(st.permutations(ids)):
        names = draw(st.lists(_IDS, min_size=2, max_size=3, unique=True))
        options = [{"id": name, "text": f"{draw(_WORDS)} {number}"} for number, name in enumerate(names)]
        gaps.append({"id": id_, "options": options, "key": draw(st.sampled_from(names))})
    return {"kind": "gap_select", "passage": _passage(ids), "gaps": gaps} | draw(_said(credit=["per_part"]))


@st.composite
def numerics(draw: st.DrawFn) -> Json:
    number = st.sampled_from(["12.5", "-3", "0.10", "3/4", "1000"])
    ways = [{"absolute": "0.1"}, {"relative": "1/100"}, {"significant_figures": 3}, {"decimal_places": 1}]
    units = [{"unit": "km", "factor": "1"}, {"unit": "m", "factor": "1/1000"}]
    return {"kind": "numeric", "answer": draw(number)} | draw(_said(within=ways, units=[units]))


@st.composite
def short_texts(draw: st.DrawFn) -> Json:
    ways = ["ignored", "counts"]
    return {"kind": "short_text", "accepted": draw(_accepted())} | draw(_said(case=ways, accents=ways))


@st.composite
def essays(draw: st.DrawFn) -> Json:
    rubric = []
    for number, id_ in enumerate(draw(st.lists(_IDS, min_size=1, max_size=3, unique=True))):
        points = [0, *draw(st.lists(st.integers(1, 100), min_size=1, max_size=3, unique=True))]
        names = draw(st.lists(_IDS, min_size=len(points), max_size=len(points), unique=True))
        levels = [
            {"id": name, "points": worth, "text": f"{draw(_WORDS)} {worth}"}
            for name, worth in zip(names, draw(st.permutations(points)), strict=True)
        ]
        rubric.append({"id": id_, "text": f"{draw(_WORDS)} {number}", "levels": levels})
    ways: dict[str, list[Any]] = {"words": [{"min": 5}, {"min": 5, "max": 90}], "guidance": ["Look [here].\n\n- first"]}
    return {"kind": "essay", "rubric": rubric} | draw(_said(**ways, model_answer=["So; and so."]))


KINDS = {
    "single_choice": choices("single_choice"),
    "multiple_choice": choices("multiple_choice"),
    "matrix": pairings("matrix"),
    "matching": pairings("matching"),
    "ordering": orderings(),
    "gap_select": gap_selects(),
    "gap_text": gap_texts(),
    "short_text": short_texts(),
    "numeric": numerics(),
    "essay": essays(),
}


@st.composite
def items(draw: st.DrawFn, code: str = "A.1-4-01", kinds: tuple[str, ...] = tuple(KINDS)) -> Json:
    """An item without faults of one of some kinds, its texts with marks and signs that formats know as their own."""
    own = draw(st.sampled_from(kinds).flatmap(KINDS.__getitem__))
    return own | {
        "code": code,
        "competence": draw(st.sampled_from(["A.1", "A.2", "B.1"])),
        "level": draw(st.integers(1, 8)),
        "cognitive": draw(st.sampled_from(["remember", "apply"])),
        "expected_difficulty": draw(st.sampled_from(["0.62", "5/8"])),
        "expected_seconds": draw(st.integers(1, 3600)),
        "enemies": draw(st.sampled_from([[], ["B.1-1"], ["B.1-1", "C_2"]])),
        "stem": draw(BLOCKS),
        "rationale": draw(BLOCKS),
        "source": draw(st.sampled_from(["A textbook", "Law [4] of 2020; p. 5, 'a=b'"])),
    }


def _accepted() -> st.SearchStrategy[list[str]]:
    return st.lists(FORMS, min_size=1, max_size=3, unique_by=lambda form: form.casefold())


def _passage(ids: list[str]) -> str:
    return "First " + " then ".join(f"*[[{id_}]]*" for id_ in ids) + ".\n\nAnd so on."


def _said(**ways: list[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in ways.items()})
