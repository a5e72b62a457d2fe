"""One item of every kind, with answers of known worth; whatever only authors may read says SECRET."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from question_bank.uploads import read_response_file, read_upload
from tests.builders.files import png

Json = dict[str, Any]
PLAN_FILE = png()
PLAN = hashlib.sha256(read_upload(PLAN_FILE).content).hexdigest()
"""The picture that samples show, and the hash of what is kept of it."""


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


RUBRIC = [
    {
        "id": "facts",
        "text": "SECRET criterion",
        "levels": [
            {"id": "none", "points": 0, "text": "SECRET nothing"},
            {"id": "some", "points": 1, "text": "SECRET something"},
            {"id": "all", "points": 4, "text": "SECRET everything"},
        ],
    },
    {
        "id": "style",
        "text": "SECRET other criterion",
        "levels": [
            {"id": "good", "points": 2, "text": "SECRET clear"},
            {"id": "poor", "points": 0, "text": "SECRET confused"},
        ],
    },
]


def kept_file(number: int, **changes: Any) -> Json:
    """A file as a response names it; nobody has sent it."""
    sha256 = hashlib.sha256(bytes([number])).hexdigest()
    return {"hash": sha256, "name": f"plan {number}.csv", "media_type": "text/csv", "bytes": 9000} | changes


def sendable(name: str, content: bytes) -> tuple[Json, bytes]:
    """A file as a response names it once it was sent, and what is sent."""
    upload = read_response_file(content, frozenset({"image/png", "text/csv"}))
    sha256 = hashlib.sha256(upload.content).hexdigest()
    named = {"hash": sha256, "name": name, "media_type": upload.media_type, "bytes": len(upload.content)}
    return named, content


COUNTS, PHOTO = sendable("counts.csv", b"hour,bikes\n8,12\n9,31\n"), sendable("My photo.png", PLAN_FILE)
SENT = {named["hash"]: content for named, content in (COUNTS, PHOTO)}
"""What has to be sent before an answer names it, by the hash of what is kept."""


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
    "hotspot": Sample(
        item(
            picture={
                "media": f"media:{PLAN}.png",
                "description": "A plan with four fields.",
                "width": 600,
                "height": 400,
            },
            spots=[
                {"id": "a", "text": "Upper left", "shape": {"rectangle": [60, 40, 240, 160]}},
                {"id": "b", "text": "Upper right", "shape": {"circle": [450, 100, 60]}},
                {"id": "c", "text": "Lower left", "shape": {"polygon": [[60, 240], [240, 240], [150, 360]]}},
                {"id": "d", "text": "Lower right", "shape": {"rectangle": [360, 240, 540, 360]}},
            ],
            choose="several",
            key=["a", "d"],
        ),
        {"chosen": ["a", "d"]},
        ({"chosen": ["d"]}, Fraction(1, 2)),
        {"chosen": ["a", "b", "d"]},
        [({"chosen": ["d", "a"]}, {"chosen": ["a", "d"]}), ({"chosen": []}, {})],
    ),
    "essay": Sample(
        item(
            rubric=RUBRIC,
            words={"min": 5, "max": 300},
            guidance="SECRET guidance",
            model_answer="SECRET model answer",
        ),
        {"text": "First the question, then the count.\n\nThen the answer."},
        ({}, Fraction(0)),
        {"text": "Nothing comes first."},
        [
            ({"text": " one\r\ntwo \n"}, {"text": "one\ntwo"}),
            ({"text": "e\u0301"}, {"text": "e\u0301"}),
            ({"text": " \n"}, {}),
        ],
    ),
    "upload": Sample(
        item(
            rubric=RUBRIC,
            files={"accepts": ["text/csv", "image/png"], "count_max": 2, "bytes_max": 1_000_000},
            guidance="SECRET guidance",
            model_answer="SECRET model answer",
        ),
        {"files": [PHOTO[0], COUNTS[0]]},
        ({}, Fraction(0)),
        {"files": [COUNTS[0]]},
        [({"files": []}, {}), ({"files": [kept_file(2), kept_file(1)]}, {"files": [kept_file(2), kept_file(1)]})],
    ),
}
