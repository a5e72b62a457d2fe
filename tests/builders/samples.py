"""One item of every kind, with answers of known worth; whatever only authors may read says SECRET."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """An item, and answers to it: a right one, one right in part with its worth, a wrong one, pairs that say the same.

    Of such a pair, the second is in the form that is kept.
    """

    content: Json
    right: Json
    partly: tuple[Json, Fraction]
    wrong: Json
    alike: list[tuple[Json, Json]]


def things(*ids: str, **extra: str) -> list[Json]:
    return [
        {"id": id_, "text": f"Thing {id_}"} | {name: f"{text} {id_}" for name, text in extra.items()} for id_ in ids
    ]


def item(**own: Any) -> Json:
    return {"stem": "What comes first?", **own, "rationale": "SECRET rationale", "source": "SECRET source"}


SAMPLES = {
    "single_choice": Sample(
        item(options=things(*"abcde", feedback="SECRET"), key=["c"]),
        {"chosen": ["c"]},
        ({"chosen": []}, Fraction(0)),
        {"chosen": ["a"]},
        [({"chosen": []}, {})],
    ),
    "multiple_choice": Sample(
        item(options=things(*"abcde", feedback="SECRET"), key=["a", "c"]),
        {"chosen": ["a", "c"]},
        ({"chosen": ["c"]}, Fraction(1, 2)),
        {"chosen": ["a", "b", "c"]},
        [({"chosen": ["c", "a"]}, {"chosen": ["a", "c"]}), ({"chosen": []}, {})],
    ),
    "matrix": Sample(
        item(
            rows=things("r1", "r2", "r3"),
            columns=[{"id": "t", "text": "True"}, {"id": "f", "text": "False"}],
            key={"r1": "t", "r2": "f", "r3": "t"},
        ),
        {"marked": {"r1": "t", "r2": "f", "r3": "t"}},
        ({"marked": {"r1": "t", "r2": "f", "r3": "f"}}, Fraction(2, 3)),
        {"marked": {"r1": "f", "r2": "t"}},
        [({"marked": {"r2": "f", "r1": "t"}}, {"marked": {"r1": "t", "r2": "f"}}), ({"marked": {}}, {})],
    ),
    "matching": Sample(
        item(
            premises=things("p1", "p2", "p3"),
            counterparts=things("c1", "c2", "c3", "c4"),
            key={"p1": "c2", "p2": "c4", "p3": "c1"},
        ),
        {"matched": {"p1": "c2", "p2": "c4", "p3": "c1"}},
        ({"matched": {"p1": "c2", "p2": "c1", "p3": "c4"}}, Fraction(1, 3)),
        {"matched": {"p1": "c4", "p2": "c2", "p3": "c3"}},
        [({"matched": {"p2": "c4", "p1": "c3"}}, {"matched": {"p1": "c3", "p2": "c4"}}), ({"matched": {}}, {})],
    ),
    "ordering": Sample(
        item(elements=things(*"wxyz"), key=["y", "w", "z", "x"], counted="neighbours"),
        {"ordered": ["y", "w", "z", "x"]},
        ({"ordered": ["w", "z", "x", "y"]}, Fraction(2, 3)),
        {"ordered": ["x", "z", "w", "y"]},
        [({"ordered": []}, {})],
    ),
    "gap_select": Sample(
        item(
            passage="The [[1]] precedes the [[2]].",
            gaps=[
                {"id": "1", "options": things("a", "b", "c"), "key": "b"},
                {"id": "2", "options": things("a", "b"), "key": "a"},
            ],
        ),
        {"filled": {"1": "b", "2": "a"}},
        ({"filled": {"2": "a"}}, Fraction(1, 2)),
        {"filled": {"1": "c", "2": "b"}},
        [({"filled": {"2": "a", "1": "b"}}, {"filled": {"1": "b", "2": "a"}}), ({"filled": {}}, {})],
    ),
    "gap_text": Sample(
        item(
            passage="[[1]] precedes the [[2]].",
            gaps=[
                {"id": "1", "accepted": ["SECRET count", "SECRET survey"]},
                {"id": "2", "accepted": ["SECRET design"]},
            ],
        ),
        {"filled": {"1": "secret Survey", "2": "SECRET design"}},
        ({"filled": {"1": "secret count", "2": "SECRET drawing"}}, Fraction(1, 2)),
        {"filled": {"1": "SECRET design", "2": "SECRET count"}},
        [
            ({"filled": {"2": "  e\u0301 ", "1": ""}}, {"filled": {"2": "\u00e9"}}),
            ({"filled": {"1": "", "2": " "}}, {}),
        ],
    ),
    "short_text": Sample(
        item(accepted=["SECRET census", "SECRET count"]),
        {"text": "secret  Census"},
        ({"text": "a census"}, Fraction(0)),
        {"text": "SECRET"},
        [({"text": " e\u0301 "}, {"text": "\u00e9"}), ({"text": ""}, {}), ({"text": " \n"}, {})],
    ),
    "numeric": Sample(
        item(
            answer="12.5",
            within={"relative": "1/100"},
            units=[{"unit": "km", "factor": "1"}, {"unit": "m", "factor": "1/1000"}],
        ),
        {"number": {"value": "12501", "unit": "m"}},
        ({"number": {"value": "12.5"}}, Fraction(0)),
        {"number": {"value": "12.5", "unit": "m"}},
        [
            ({"number": {"value": " 12,50", "unit": "km"}}, {"number": {"unit": "km", "value": "12.50"}}),
            ({"number": {"value": "\u221205e3"}}, {"number": {"value": "-5e3"}}),
            ({"number": {"value": "", "unit": "km"}}, {}),
        ],
    ),
}
