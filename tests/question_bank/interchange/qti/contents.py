"""Items of every kind, made at random and without faults, as a bank file has them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from question_bank.item_kinds import KINDS
from question_bank.uploads import read_upload
from tests.builders.samples import PLAN, PLAN_FILE

Json = dict[str, Any]
PLAN_KEPT = read_upload(PLAN_FILE).content
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,4}", fullmatch=True)
_SIGNS = st.text("ab9 .,<>&\"'()é½ß\u0436\u2212\U0001f6b2", min_size=0, max_size=12)
_PIECES = st.one_of(
    _SIGNS,
    st.sampled_from(
        ["*stressed*", "**strong**", "`code`", r"\(x_i^2\)", "10^2^", "H~2~O", r"2 \* 3", "&amp;", "]]>", "<b>"]
    ),
)
LINES = st.builds(lambda pieces: " ".join(" ".join(pieces).split()), st.lists(_PIECES, min_size=1, max_size=3)).map(
    lambda line: f"So {line}".strip()
)
_BLOCKS = st.one_of(
    LINES,
    st.sampled_from(
        [
            "- one\n- two",
            "1. one\n2. two",
            "> said",
            "```\nlines  of\n  code\n```",
            "| place | riders |\n|---|---:|\n| north | 12 |",
            r"\[\frac{a}{b}\]",
        ]
    ),
)
BLOCKS = st.builds("\n\n".join, st.lists(_BLOCKS, min_size=1, max_size=3))


def things(at_least: int, at_most: int, *, marked: bool = True) -> st.SearchStrategy[list[Json]]:
    """Things with different ids and texts; the texts begin differently, so that they read differently."""
    texts = LINES if marked else st.sampled_from(["a", "b < c", "2.5 m", "\u2264 3"])
    ids = st.lists(IDS, min_size=at_least, max_size=at_most, unique=True)
    return ids.flatmap(
        lambda ids: st.tuples(*(texts for _ in ids)).map(
            lambda said: [
                {"id": id_, "text": f"{n} {text}"} for n, (id_, text) in enumerate(zip(ids, said, strict=True))
            ]
        )
    )


@st.composite
def _choice(draw: st.DrawFn, kind: str) -> Json:
    options = draw(things(2, 6))
    for option in options:
        if draw(st.booleans()):
            option["feedback"] = draw(BLOCKS)
    ids = [option["id"] for option in options]
    several = kind == "multiple_choice"
    key = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=len(ids) if several else 1, unique=True))
    scoring = draw(st.sampled_from([None, "ecqa", "all_or_nothing", "plus_minus"])) if several else None
    return {"options": options, "key": key} | ({"scoring": scoring} if scoring else {})


@st.composite
def _pairs(draw: st.DrawFn, left: str, right: str) -> Json:
    lefts = draw(things(2, 5))
    rights = draw(things(len(lefts), 6))
    use = draw(st.sampled_from([None, "once", "often"])) if left == "premises" else None
    ids = [thing["id"] for thing in rights]
    chosen = (
        draw(st.permutations(ids))
        if left == "premises" and use != "often"
        else [draw(st.sampled_from(ids)) for _ in lefts]
    )
    key = {thing["id"]: other for thing, other in zip(lefts, chosen, strict=False)}
    credit = draw(_CREDIT)
    return {left: lefts, right: rights, "key": key} | credit | ({"use": use} if use else {})


_CREDIT = st.sampled_from([{}, {"credit": "per_part"}, {"credit": "all_or_nothing"}])
_WEIGHTS = st.sampled_from([{}, {"case": "counts"}, {"case": "ignored", "accents": "counts"}, {"accents": "counts"}])
_FORMS = st.lists(
    st.sampled_from(["lane", "cycle lane", "Ro\u0219u", "\u03c9", "a < b", "x & y"]), min_size=1, unique=True
)


@st.composite
def _order(draw: st.DrawFn) -> Json:
    elements = draw(things(3, 6))
    key = draw(st.permutations([element["id"] for element in elements]))
    counted = draw(st.sampled_from([None, "whole", "places", "neighbours"]))
    return {"elements": elements, "key": list(key)} | ({"counted": counted} if counted else {})


@st.composite
def _gaps(draw: st.DrawFn, kind: str) -> Json:
    ids = draw(st.lists(IDS, min_size=1, max_size=4, unique=True))
    words = st.sampled_from(["The", "of a *network*", "first,", "\n\nThen", "(", "2 < 3"])
    passage = "".join(f"{draw(words)} [[{id_}]] " for id_ in ids) + draw(st.sampled_from(["end.", ".", "**done**"]))
    gaps: list[Json] = []
    for id_ in ids:
        if kind == "gap_select":
            options = draw(things(2, 4, marked=False))
            gaps.append({"id": id_, "options": options, "key": draw(st.sampled_from([o["id"] for o in options]))})
        else:
            gaps.append({"id": id_, "accepted": draw(_FORMS)})
    more = draw(_WEIGHTS) if kind == "gap_text" else {}
    return {"passage": passage.strip(), "gaps": gaps} | more | draw(_CREDIT)


@st.composite
def _number(draw: st.DrawFn) -> Json:
    answer = draw(st.sampled_from(["12.5", "-0.30", "2/3", "7", "0", "25/2"]))
    withins: list[Json] = [{}, {"within": {"absolute": "0.1"}}, {"within": {"absolute": "1/8"}}]
    if answer != "0":
        withins += [{"within": {"relative": "1/100"}}, {"within": {"significant_figures": 2}}]
    withins += [{"within": {"decimal_places": 0}}]
    units = [
        {"unit": "km", "factor": "1"},
        {"unit": "m < \u00b5", "factor": "1/1000"},
        {"unit": "m/s", "factor": "18/5"},
    ]
    return {"answer": answer} | draw(st.sampled_from(withins)) | draw(st.sampled_from([{}, {"units": units}]))


@st.composite
def _spots(draw: st.DrawFn) -> Json:
    shapes = [
        {"rectangle": [60, 40, 240, 160]},
        {"circle": [450, 100, 60]},
        {"polygon": [[60, 240], [240, 240], [150, 360]]},
        {"rectangle": [360, 240, 540, 360]},
    ]
    spots = [thing | {"shape": shape} for thing, shape in zip(draw(things(2, 4, marked=False)), shapes, strict=False)]
    picture = {"media": f"media:{PLAN}.png", "description": "A plan < of four fields", "width": 600, "height": 400}
    several = draw(st.booleans())
    ids = [spot["id"] for spot in spots]
    key = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=4 if several else 1, unique=True))
    scoring = draw(st.sampled_from([None, "ecqa", "all_or_nothing", "plus_minus"])) if several else None
    chosen = {"choose": "several"} if several else draw(st.sampled_from([{}, {"choose": "one"}]))
    return {"picture": picture, "spots": spots, "key": key} | chosen | ({"scoring": scoring} if scoring else {})


@st.composite
def _judged(draw: st.DrawFn, kind: str) -> Json:
    rubric = draw(things(1, 3))
    for criterion in rubric:
        points = draw(st.lists(st.sampled_from([1, 2, 40, 100]), min_size=1, max_size=3, unique=True))
        levels = draw(things(len(points) + 1, len(points) + 1))
        criterion["levels"] = [
            level | {"points": worth} for level, worth in zip(levels, draw(st.permutations([0, *points])), strict=True)
        ]
    own = draw(
        st.sampled_from([{}, {"words": {"max": 300}}, {"words": {"min": 1}}, {"words": {"min": 5, "max": 5}}])
        if kind == "essay"
        else st.sampled_from(
            [
                {"files": {"accepts": ["application/pdf"], "count_max": 1, "bytes_max": 20 * 1024 * 1024}},
                {"files": {"accepts": ["image/png", "text/csv"], "count_max": 5, "bytes_max": 1}},
            ]
        )
    )
    notes = {name: draw(BLOCKS) for name in ("guidance", "model_answer") if draw(st.booleans())}
    return {"rubric": rubric} | own | notes


_OWN: dict[str, st.SearchStrategy[Json]] = {
    "single_choice": _choice("single_choice"),
    "multiple_choice": _choice("multiple_choice"),
    "matrix": _pairs("rows", "columns"),
    "matching": _pairs("premises", "counterparts"),
    "ordering": _order(),
    "gap_select": _gaps("gap_select"),
    "gap_text": _gaps("gap_text"),
    "short_text": st.builds(lambda forms, weights: {"accepted": forms} | weights, _FORMS, _WEIGHTS),
    "numeric": _number(),
    "hotspot": _spots(),
    "essay": _judged("essay"),
    "upload": _judged("upload"),
}


def entries(kind: str) -> st.SearchStrategy[Json]:
    """Whole items of one kind."""
    tags = {
        "kind": kind,
        "competence": "A1.1",
        "level": 5,
        "cognitive": "apply",
        "expected_difficulty": "0.62",
        "expected_seconds": 60,
        "enemies": [],
    }

    def whole(code: str, stem: str, rationale: str, own: Json) -> Json:
        return {"code": code, **tags, "stem": stem, **own, "rationale": rationale, "source": "A <textbook>"}

    def is_whole(entry: Json) -> bool:
        content = {name: member for name, member in entry.items() if name not in tags and name != "code"}
        return not KINDS[kind].faults(content)

    return st.builds(whole, IDS, BLOCKS, BLOCKS, _OWN[kind]).filter(is_whole)
