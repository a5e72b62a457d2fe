"""Words that other systems let candidates drag into gaps become lists to choose from, which are marked alike."""

from __future__ import annotations

import io
from collections import Counter
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from lxml import etree

from kernel.canonical import canonical_json
from question_bank.interchange.entries import Source
from question_bank.interchange.losses import LossReport
from question_bank.interchange.qti.package_reading import read_qti
from question_bank.interchange.qti.vocabulary import QTI2, QTI3, READ, VOCABULARIES, Vocabulary
from question_bank.interchange.qti.xml_trees import XML_LANG, made, written
from question_bank.item_kinds import KINDS, CreditTable
from tests.question_bank.interchange.qti.contents import Json
from tests.question_bank.interchange.qti.processor import score
from tests.question_bank.interchange.qti.test_marking import content_of
from tests.question_bank.interchange.qti.test_round_trips import packed, read_alone, unpacked

BOTH = pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=VOCABULARIES)
WORDS = {"bus": "A bus", "tram": "A tram", "ferry": "A ferry"}
RIGHT = ("bus road", "tram rails")
TOLD_ONCE = "a word could be used up there; here each gap offers it, whatever was chosen in others"


def mapping(points: dict[str, str], **bounds: str) -> Any:
    entries = (made("qti-map-entry", map_key=pair, mapped_value=worth) for pair, worth in points.items())
    return made("qti-mapping", *entries, **{"default_value": "0", **bounds})


def template(name: str) -> Any:
    return made("qti-response-processing", template=f"http://www.imsglobal.org/question/qti/rptemplates/{name}")


def drag(
    vocabulary: Vocabulary,
    right: tuple[str, ...] = RIGHT,
    mapped: Any = None,
    processing: Any = None,
    uses: str = "1",
    interaction: dict[str, str] | None = None,
    word: dict[str, str] | None = None,
    gap: dict[str, str] | None = None,
    more: tuple[Any, ...] = (),
) -> bytes:
    """An item in which words are dragged into a text with two gaps."""
    correct = made("qti-correct-response", *(made("qti-value", pair) for pair in right))
    parts = [*([correct] if right else []), *([mapped] if mapped is not None else [])]
    words = [made("qti-gap-text", text, identifier=id_, match_max=uses) for id_, text in WORDS.items()]
    gaps = {id_: made("qti-gap", identifier=id_) for id_ in ("road", "rails")}
    words[0].attrib.update(word or {})
    gaps["road"].attrib.update(gap or {})
    text = made("p", gaps["road"], " runs on a road, ", made("em", "and"), " ", gaps["rails"], " on rails.")
    dragged = made(
        "qti-gap-match-interaction",
        made("qti-prompt", "Which is which?"),
        *words,
        *more,
        made("div", text),
        response_identifier="RESPONSE",
        shuffle="true",
    )
    dragged.attrib.update(interaction or {})
    root = made(
        "qti-assessment-item",
        made(
            "qti-response-declaration",
            *parts,
            identifier="RESPONSE",
            cardinality="multiple",
            base_type="directedPair",
        ),
        made("qti-outcome-declaration", identifier="SCORE", cardinality="single", base_type="float"),
        made("qti-item-body", made("p", "Complete the text."), made("div", dragged)),
        template("match_correct") if processing is None else processing,
        identifier="G1",
        title="Vehicles",
        adaptive="false",
        time_dependent="false",
    )
    root.set(XML_LANG, "en")
    for part in root:  # the response stands in the second line, the body in the fourth
        part.tail = "\n"
    return written(root, vocabulary)


def read(document: bytes) -> tuple[list[Json], list[str]]:
    report = LossReport()
    found = [entry for entry in read_qti(Source(io.BytesIO(document), "g.xml", "en", report)) if entry.item]
    return [entry.item for entry in found], [f"{loss.kind.value} {loss.message}" for loss in report.losses]


def every_answer(uses: str) -> list[dict[str, str]]:
    """All ways to put words, each as often as it may be used, into the two gaps or none."""
    ways = [dict(zip(("road", "rails"), way, strict=True)) for way in product(["", *WORDS], repeat=2)]
    filled = [{gap: word for gap, word in way.items() if word} for way in ways]
    return [way for way in filled if uses == "0" or max(Counter(way.values()).values(), default=0) <= int(uses)]


@BOTH
def test_words_to_drag_are_the_choices_of_each_gap(vocabulary: Vocabulary) -> None:
    ((item,), told) = read(drag(vocabulary))
    options = [{"id": id_, "text": text} for id_, text in WORDS.items()]
    assert item == {
        "code": "G1",
        "kind": "gap_select",
        "stem": "Complete the text.\n\nWhich is which?",
        "passage": "[[road]] runs on a road, *and* [[rails]] on rails.",
        "gaps": [
            {"id": "road", "options": options, "key": "bus"},
            {"id": "rails", "options": options, "key": "tram"},
        ],
        "credit": "all_or_nothing",
    }
    assert told == [f"changed {TOLD_ONCE}"]


def test_the_older_spellings_of_2_0_and_2_1_are_read_alike() -> None:
    document = drag(QTI2)
    for namespace in (space for space, spelt in READ.items() if spelt is QTI2):
        assert read(document.replace(QTI2.namespace.encode(), namespace.encode()))[0] == read(document)[0]


DIVIDED = etree.fromstring(
    '<qti-response-processing><qti-set-outcome-value identifier="SCORE"><qti-divide><qti-map-response identifier="RESPONSE"/>'
    '<qti-base-value base-type="float">2</qti-base-value></qti-divide></qti-set-outcome-value></qti-response-processing>'
)
MATCHED = etree.fromstring(
    '<qti-response-processing><qti-response-condition><qti-response-if><qti-match><qti-variable identifier="RESPONSE"/>'
    '<qti-correct identifier="RESPONSE"/></qti-match><qti-set-outcome-value identifier="SCORE"><qti-base-value '
    'base-type="float">3</qti-base-value></qti-set-outcome-value></qti-response-if></qti-response-condition>'
    "</qti-response-processing>"
)
EACH = {"bus road": "0.5", "tram rails": "0.5"}


@BOTH
@pytest.mark.parametrize("uses", ["1", "0", "2"])
@pytest.mark.parametrize(
    ("marked", "worth"),
    [
        ({}, 1),
        ({"processing": MATCHED}, 3),
        ({"mapped": mapping(EACH), "processing": template("map_response")}, 1),
        ({"mapped": mapping(EACH), "right": (), "processing": template("map_response.xml")}, 1),
        ({"mapped": mapping(EACH | {"ferry road": "0"}, lower_bound="0"), "processing": DIVIDED}, Fraction(1, 2)),
        ({"mapped": mapping(dict.fromkeys(RIGHT, "2"), upper_bound="4"), "processing": template("map_response")}, 4),
    ],
)
def test_every_answer_is_worth_there_what_it_is_worth_here(
    vocabulary: Vocabulary, uses: str, marked: dict[str, Any], worth: Fraction
) -> None:
    document = drag(vocabulary, uses=uses, **marked)
    ((item,), told) = read(document)
    assert (f"changed {TOLD_ONCE}" in told) == (uses == "1")
    assert (f"changed is worth {worth} there; here every item weighs one" in told) == (worth != 1)
    content = content_of(item) | {"rationale": "r", "source": "s"}
    answers = every_answer(uses)
    assert len(answers) == (13 if uses == "1" else 16)
    for filled in answers:
        pairs = [f"{word} {gap}" for gap, word in filled.items()]
        here = KINDS["gap_select"].mark(content, {"filled": filled}, CreditTable.EXACT)
        assert here.fraction == score(document, {"RESPONSE": pairs}) / worth, filled


@BOTH
def test_what_was_dragged_goes_out_as_lists_and_comes_back(vocabulary: Vocabulary) -> None:
    ((item,), _) = read(drag(vocabulary, mapped=mapping(EACH), processing=template("map_response")))
    once, _ = read_alone(item, vocabulary)
    assert canonical_json(once) == canonical_json(item)
    whole = item | {"rationale": "r", "source": "s", "enemies": []}
    found, report = unpacked(packed([whole], vocabulary)[0])
    assert [entry.item for entry in found] == [whole]
    assert list(report.losses) == []


@BOTH
def test_a_gap_offers_the_words_of_its_group_alone(vocabulary: Vocabulary) -> None:
    ((item,), _) = read(drag(vocabulary, word={"match-group": "road"}, gap={"match-group": "bus ferry"}))
    assert [[option["id"] for option in gap["options"]] for gap in item["gaps"]] == [
        ["bus", "ferry"],
        ["tram", "ferry"],
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"interaction": {"shuffle": "false"}}, "its things are shown in an order drawn for each candidate"),
        ({"interaction": {"max-associations": "1"}}, "not all gaps could be filled there; here each can be"),
        ({"interaction": {"min-associations": "2"}}, "some words had to be used there; here gaps can be left open"),
        ({"word": {"match-min": "1"}}, "some words had to be used there; here gaps can be left open"),
    ],
)
def test_what_a_drag_limits_is_told(changed: dict[str, Any], told: str) -> None:
    found, losses = read(drag(QTI3, uses="0", **changed))
    assert len(found) == 1
    assert losses == [f"changed {told}"]


PICTURE = made("qti-gap-img", made("object", data="a.png", type="image/png"), identifier="p", match_max="1")
SUMMED = etree.fromstring(
    '<qti-response-processing><qti-response-condition><qti-response-if><qti-equal tolerance-mode="exact">'
    '<qti-map-response identifier="RESPONSE"/><qti-base-value base-type="float">2</qti-base-value></qti-equal>'
    '<qti-set-outcome-value identifier="SCORE"><qti-base-value base-type="float">1</qti-base-value>'
    "</qti-set-outcome-value></qti-response-if></qti-response-condition></qti-response-processing>"
)
BONUS = etree.fromstring(etree.tostring(MATCHED))
BONUS.insert(
    0,
    etree.fromstring(
        '<qti-set-outcome-value identifier="SCORE"><qti-map-response identifier="RESPONSE"/></qti-set-outcome-value>'
    ),
)
BONUS[1][0][1].insert(0, made("qti-sum", made("qti-variable", identifier="SCORE"), BONUS[1][0][1][0]))
ONES = dict.fromkeys(RIGHT, "1")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"more": (PICTURE,)}, "4: G1: is a picture to drag into a gap; gaps here are filled with words alone"),
        (
            {"more": (made("p", *(made("qti-gap", identifier=f"g{n}") for n in range(19))),)},
            "4: G1: has more than 20 gaps",
        ),
        (
            {"more": tuple(made("qti-gap-text", f"Line {n}", identifier=f"w{n}") for n in range(22))},
            "4: G1: has 25 words to drag; each gap offers at most 12",
        ),
        ({"right": ("bus road",)}, "2: G1: says of no word that it is right in the gap 'rails'"),
        ({"right": ("road bus", "rails tram")}, "2: G1: says that 'road bus' is right, where each gap is given one"),
        ({"right": (*RIGHT, "ferry road")}, "2: G1: says that 'ferry road' is right, where each gap is given one"),
        ({"right": ("bus road", "bus rails")}, "4: G1: is right in more gaps than it may be dragged into"),
        ({"gap": {"match-group": "ferry tram"}}, "4: G1: /gaps/0/key 'bus' is no option of this gap"),
        (
            {"gap": {"template-identifier": "T"}},
            "4: G1: <qti-gap> says template-identifier='T', which has no counterpart",
        ),
        (
            {"mapped": mapping(ONES | {"ferry road": "-1"}), "processing": template("map_response")},
            "2: G1: gives points to pairs that are not right, or takes some away",
        ),
        (
            {"mapped": mapping(ONES, default_value="-1"), "processing": template("map_response")},
            "2: G1: gives points to pairs that are not right, or takes some away",
        ),
        (
            {"mapped": mapping(ONES | {"bus road": "2"}), "processing": template("map_response")},
            "2: G1: gives its right parts different points",
        ),
        (
            {"mapped": mapping(ONES, lower_bound="1"), "processing": template("map_response")},
            "2: G1: gives points to any answer: the least it comes to is more than 0",
        ),
        ({"mapped": mapping(ONES), "processing": BONUS}, "5: G1: adds points for conditions to those of a mapping"),
        ({"processing": template("map_response")}, "2: G1: is marked by a mapping that it does not have"),
        (
            {"mapped": mapping(ONES, default_value="1"), "processing": SUMMED},
            "2: G1: is right for points that other pairs than the right ones earn as well",
        ),
    ],
)
def test_a_drag_that_means_something_else_is_refused_with_its_line(changed: dict[str, Any], told: str) -> None:
    report = LossReport()
    source = io.BytesIO(drag(QTI3, **changed))
    assert not [entry for entry in read_qti(Source(source, "g.xml", "en", report)) if entry.item]
    refused = [str(loss) for loss in report.losses if loss.kind.value == "refused"]
    assert any(line.startswith(f"g.xml:{told}") for line in refused), refused
