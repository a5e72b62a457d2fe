"""An item of every kind as people meet it: real sentences, long enough to be wrapped."""

from __future__ import annotations

from typing import Any

from tests.builders.samples import PLAN


def things(**texts: str) -> list[dict[str, str]]:
    return [{"id": id_, "text": text} for id_, text in texts.items()]


CONTENTS: dict[str, dict[str, Any]] = {
    "single_choice": {
        "stem": "A city publishes its air measurements every hour. What must come with them so that others can use them?",
        "options": things(a="A licence", b="A press release", c="An app", d="A logo"),
        "key": ["a"],
    },
    "multiple_choice": {
        "stem": "Which of these are open formats for tables?",
        "options": things(a="CSV", b="A photograph of the table", c="ODS", d="A scan"),
        "key": ["a", "c"],
    },
    "matrix": {
        "stem": "The city measures noise with sensors on street lamps.\n\nWhich of the statements hold?",
        "rows": things(
            aloud="A sensor that sends only sound levels records what people say.",
            notice="People who live there are told what is measured, and why.",
            forever="Raw data may be kept for ever, because nobody asked.",
        ),
        "columns": things(true="True", false="False"),
        "key": {"aloud": "false", "notice": "true", "forever": "false"},
    },
    "matching": {
        "stem": "Which device belongs to which layer of a sensor network?",
        "premises": things(
            lamp="A lamp that counts passers-by", mast="A mast on a roof", hall="A rack in the data centre"
        ),
        "counterparts": things(
            field="Field layer", radio="Transport layer", store="Platform layer", desk="Service desk"
        ),
        "key": {"lamp": "field", "mast": "radio", "hall": "store"},
    },
    "ordering": {
        "stem": "In which order does a city buy a new system?",
        "elements": things(
            need="Need",
            market="Market consultation",
            tender="Call for tenders",
            award="Award of the contract",
            accept="Acceptance test",
        ),
        "key": ["need", "market", "tender", "award", "accept"],
    },
    "gap_select": {
        "stem": "Complete the note to the council.",
        "passage": (
            "A digital [[twin]] is a model of the city that is kept up to date by [[feed]].\n\n"
            "It helps to try a plan [[when]] anything is built."
        ),
        "gaps": [
            {"id": "twin", "options": things(a="twin", b="shadow", c="brother"), "key": "a"},
            {"id": "feed", "options": things(a="opinions", b="measurements"), "key": "b"},
            {"id": "when", "options": things(a="after", b="before"), "key": "b"},
        ],
    },
    "gap_text": {
        "stem": "Complete the rule.",
        "passage": "Personal data are collected for a stated [[purpose]] and kept no longer than [[needed]].",
        "gaps": [{"id": "purpose", "accepted": ["purpose"]}, {"id": "needed", "accepted": ["needed", "necessary"]}],
    },
    "short_text": {
        "stem": "What is a machine-readable way for programs to ask a service for data called, in three letters?",
        "accepted": ["API"],
    },
    "numeric": {
        "stem": "A tram line of 7.5 km is served in 20 minutes. How fast is the tram on average?",
        "answer": "22.5",
        "within": {"absolute": "0.1"},
        "units": [{"unit": "km/h", "factor": "1"}, {"unit": "m/s", "factor": "18/5"}],
    },
    "hotspot": {
        "stem": "The plan shows four fields of the new quarter. Where does the depot for shared bicycles go?",
        "picture": {
            "media": f"media:{PLAN}.png",
            "description": "Four fields in two rows: blue and gold above, green and red below.",
            "width": 600,
            "height": 400,
        },
        "spots": [
            {"id": "blue", "text": "The blue field, above on the left", "shape": {"rectangle": [60, 40, 240, 160]}},
            {"id": "gold", "text": "The gold field, above on the right", "shape": {"circle": [450, 100, 60]}},
            {
                "id": "green",
                "text": "The green field, below on the left",
                "shape": {"polygon": [[60, 240], [240, 240], [240, 360], [180, 300], [60, 360]]},
            },
            {"id": "red", "text": "The red field, below on the right", "shape": {"rectangle": [360, 240, 540, 360]}},
        ],
        "key": ["red"],
    },
    "essay": {
        "stem": "Your city wants to count people in its pedestrian zone with cameras.\n\n"
        "Advise the council: which data would you collect, which would you not, and why?",
        "rubric": [
            {
                "id": "purpose",
                "text": "Purpose and sparing use of data",
                "levels": [
                    {"id": "none", "points": 0, "text": "Collects whatever can be had, or says nothing of it."},
                    {"id": "named", "points": 2, "text": "Names a purpose, but collects more than it needs."},
                    {
                        "id": "fits",
                        "points": 4,
                        "text": "Collects what the purpose needs and nothing else, with reasons.",
                    },
                ],
            },
            {
                "id": "advice",
                "text": "Advice that a council can act on",
                "levels": [
                    {"id": "none", "points": 0, "text": "No advice."},
                    {"id": "vague", "points": 1, "text": "Says what is desirable."},
                    {"id": "clear", "points": 2, "text": "Says who should do what, in which order."},
                ],
            },
        ],
        "words": {"min": 40, "max": 200},
        "guidance": "Counting without pictures, such as by laser or at the edge, is worth the best level.",
        "model_answer": "Count passers-by at the edge and keep numbers per quarter of an hour; keep no pictures.",
    },
    "upload": {
        "stem": "The table of the counting station at the bridge has errors.\n\n"
        "Hand in the mended table, and a photograph of your sketch of where you would count instead.",
        "rubric": [
            {
                "id": "table",
                "text": "The table",
                "levels": [
                    {"id": "none", "points": 0, "text": "No table, or one with the same errors."},
                    {"id": "mended", "points": 3, "text": "All errors are mended, and nothing else is changed."},
                ],
            },
            {
                "id": "place",
                "text": "The place",
                "levels": [
                    {"id": "none", "points": 0, "text": "No sketch, or nobody passes there."},
                    {"id": "fits", "points": 2, "text": "Whoever crosses the bridge is counted once."},
                ],
            },
        ],
        "files": {"accepts": ["image/png", "image/jpeg", "text/csv"], "count_max": 2, "bytes_max": 5_000_000},
        "guidance": "A sketch on paper is as good as a drawing.",
    },
}
