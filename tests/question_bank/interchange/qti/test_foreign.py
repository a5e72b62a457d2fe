"""Items that other systems made: what of them is taken, and how what is not is told."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from kernel.sentences import Sentence
from question_bank.interchange.entries import Entry, Source
from question_bank.interchange.losses import LossReport
from question_bank.interchange.qti.package_reading import read_qti

FIXTURES = Path(__file__).parents[3] / "fixtures"


def keep(name: str, content: bytes) -> str:
    assert name
    return f"media:{hashlib.sha256(content).hexdigest()}.jpg"


def read(name: str, language: str = "en") -> tuple[list[Entry], list[str]]:
    report = LossReport()
    with (FIXTURES / name).open("rb") as source:
        found = [
            entry for entry in read_qti(Source(source, name.rpartition("/")[2], language, report, keep)) if entry.item
        ]
    return found, [f"{loss.kind.value} {loss}" for loss in report.losses]


def test_a_package_with_many_interactions_gives_those_that_are_known_here() -> None:
    found, losses = read("qti3/no-max-score-all-items.zip")
    assert {entry.item["kind"] for entry in found} == {"single_choice", "gap_select", "gap_text", "matching"}
    assert "gap-match-example-01" in {entry.subject for entry in found}
    told = "\n".join(losses)
    assert "is answered by <qti-hottext-interaction>, for which there is no kind of item here" in told
    assert "QUE_2_2.xml:24: QUE_11_1: is marked by people and brings no rubric that can be read" in told
    assert "is a test; items alone are taken" in told


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("qti3/items/simple-choice-processing.xml", "single_choice", "its things are shown in an order drawn"),
        ("qti3/items/match-correct-template.xml", "short_text", "its title is what is asked: nothing else is"),
        ("qti2/pyslet_mchc_ir_01.xml", "single_choice", "does not keep its place: the order is drawn"),
    ],
)
def test_an_item_is_taken_and_told_what_it_says_no_more(name: str, kind: str, told: str) -> None:
    found, losses = read(name, "nl" if name.startswith("qti3/items") else "en")
    assert [entry.item["kind"] for entry in found] == [kind]
    assert any(told in loss and loss.startswith("changed") for loss in losses), losses


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("qti3/items/else-if-after-else.xml", "has a condition with several ways, which has no counterpart here"),
        ("qti3/items/complex-response-processing.xml", "is adaptive"),
        ("qti3/items/map-response-template.xml", "declares a response that is identifier, where"),
        ("qti3/items/map-response-point-template.xml", "<qti-area-mapping>, which has no counterpart here"),
        ("qti3/items/without-response-processing.xml", "is marked by people and brings no rubric"),
        ("qti3/items/various-expressions.xml", "has no counterpart here"),
        ("qti2/q2.xml", "does not say what is right and what it is worth"),
    ],
)
def test_an_item_that_is_not_understood_is_refused_with_its_line(name: str, told: str) -> None:
    found, losses = read(name)
    assert found == []
    refusals = [loss for loss in losses if loss.startswith("refused")]
    assert any(told in loss and f"{name.rpartition('/')[2]}:" in loss for loss in refusals), losses


@pytest.mark.parametrize(
    "path", [*FIXTURES.glob("qti*/**/*.xml"), *FIXTURES.glob("qti*/*.zip")], ids=lambda path: path.name
)
def test_every_loss_is_a_sentence(path: Path) -> None:
    report = LossReport()
    with path.open("rb") as source:
        list(read_qti(Source(source, path.name, "en", report, keep)))
    assert [loss.message for loss in report.losses if not isinstance(loss.message, Sentence)] == []


TYPED = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="Q1" title="Lanes" xml:lang="en">
<responseDeclaration identifier="R" cardinality="single" baseType="string"><correctResponse><value>lane</value>
</correctResponse><mapping><mapEntry mapKey="lane" mappedValue="1" caseSensitive="{case}"/>
<mapEntry mapKey="Lane" mappedValue="1" caseSensitive="{case}"/><mapEntry mapKey="track" mappedValue="1"
caseSensitive="{case}"/></mapping></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody>{body}</itemBody><responseProcessing><setOutcomeValue identifier="SCORE"><mapResponse identifier="R"/>
</setOutcomeValue></responseProcessing></assessmentItem>"""
ALONE = '<p>Which?</p><p><textEntryInteraction responseIdentifier="R"/></p>'
IN_TEXT = '<p>Fill.</p><p>A <textEntryInteraction responseIdentifier="R"/> here.</p>'


@pytest.mark.parametrize(("case", "accepted"), [("true", ["lane", "Lane", "track"]), ("false", ["lane", "track"])])
def test_forms_of_which_the_same_counts_are_one(case: str, accepted: list[str]) -> None:
    for body in (ALONE, IN_TEXT):
        document = TYPED.format(case=case, body=body).encode()
        report = LossReport()
        [entry] = read_qti(Source(io.BytesIO(document), "q.xml", "en", report, keep))
        taken = entry.item if entry.item["kind"] == "short_text" else entry.item["gaps"][0]
        assert taken["accepted"] == accepted


OLD = b'<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><item ident="i1"/></questestinterop>'
MANIFEST = """<manifest xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1" identifier="M"><resources>
<resource identifier="quiz" type="imsqti_xmlv1p2/imscc_xmlv1p1/assessment"><file href="quiz.xml"/></resource>
<resource identifier="one" type="imsqti_item_xmlv2p1" href="one.xml"><file href="one.xml"/></resource>
<resource identifier="typed" type="imsqti_item_xmlv2p1" href="typed.xml"><file href="typed.xml"/></resource>
</resources></manifest>"""


def test_what_is_older_than_qti_2_is_called_so_and_takes_nothing_along() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("imsmanifest.xml", MANIFEST)
        package.writestr("quiz.xml", OLD)
        package.writestr("one.xml", OLD)
        package.writestr("typed.xml", TYPED.format(case="false", body=ALONE))
    packed.seek(0)
    report = LossReport()
    taken = [e.item["code"] for e in read_qti(Source(packed, "old.zip", "en", report, keep)) if e.item]
    assert taken == ["Q1"]
    told = [f"{loss.file}{loss.place}" for loss in report.losses if "is QTI 1.2" in loss.message]
    assert told == ["old.zip/imsmanifest.xml:2", "old.zip/one.xml:1"]


@pytest.mark.parametrize(
    "named",
    ["", ' SYSTEM "item.dtd"', ' PUBLIC "-//W3C//DTD MathML 2.0//EN"\n"http://www.w3.org/Math/DTD/mathml2.dtd"'],
)
def test_a_document_type_that_declares_nothing_itself_is_passed_over(named: str) -> None:
    document = f'<?xml version="1.0"?>\n<!DOCTYPE assessmentItem{named}>\n' + TYPED.format(case="true", body=ALONE)
    report = LossReport()
    [entry] = read_qti(Source(io.BytesIO(document.encode()), "q.xml", "en", report, keep))
    assert entry.item["code"] == "Q1"
    assert entry.place == f":{3 + named.count(chr(10))}"


def read_text(document: str) -> tuple[list[Entry], list[str]]:
    report = LossReport()
    found = [e for e in read_qti(Source(io.BytesIO(document.encode()), "q.xml", "en", report, keep)) if e.item]
    return found, [str(loss) for loss in report.losses]


def test_true_and_false_may_be_digits() -> None:
    document = TYPED.format(case="1", body=ALONE).replace(
        "<assessmentItem", '<assessmentItem adaptive="0" timeDependent="1"'
    )
    [entry], losses = read_text(document)
    assert entry.item["case"] == "counts"
    assert "q.xml:1: Q1: depends on the time used, which is not marked here" in losses
    [entry], _ = read_text(document.replace('caseSensitive="1"', 'caseSensitive="0"'))
    assert "case" not in entry.item


def test_several_right_answers_of_one_response_are_not_guessed_to_be_alternatives() -> None:
    listed = TYPED.format(case="true", body=ALONE).replace("</value>", "</value><value>track</value>")
    assert read_text(listed)[0][0].item["accepted"] == ["lane", "Lane", "track"]
    rule = '<responseCondition><responseIf><match><variable identifier="R"/><correct identifier="R"/></match>'
    points = '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>'
    matched = listed[: listed.index("<responseProcessing>")] + (
        f"<responseProcessing>{rule}{points}</responseIf></responseCondition></responseProcessing></assessmentItem>"
    )
    found, losses = read_text(matched)
    assert found == []
    assert "q.xml:2: Q1: says several right answers where one is given; a mapping lists them" in losses


ORDER = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="Q1" title="Work" xml:lang="en">
<responseDeclaration identifier="R" cardinality="ordered" baseType="identifier"><correctResponse><value>a</value>
<value>b</value><value>c</value></correctResponse></responseDeclaration>
<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<itemBody><p>Order.</p><orderInteraction responseIdentifier="R" shuffle="true"><simpleChoice identifier="a">Count</simpleChoice>
<simpleChoice identifier="b">Draw</simpleChoice><simpleChoice identifier="c">Build</simpleChoice></orderInteraction></itemBody>
<responseProcessing>{}</responseProcessing></assessmentItem>"""
PLACE = """<responseCondition><responseIf><match><index n="{place}"><variable identifier="R"/></index><index n="{place}">
<correct identifier="R"/></index></match><setOutcomeValue identifier="SCORE"><sum><variable identifier="SCORE"/>
<baseValue baseType="float">{points}</baseValue></sum></setOutcomeValue></responseIf></responseCondition>"""


@pytest.mark.parametrize(("last", "taken"), [("0.34", True), ("0.35", False)])
def test_parts_whose_points_were_rounded_count_alike_and_that_is_told(last: str, taken: bool) -> None:
    rules = "".join(PLACE.format(place=at, points=p) for at, p in enumerate(("0.33", "0.33", last), 1))
    found, losses = read_text(ORDER.format(rules))
    assert [entry.item["counted"] for entry in found] == ["places"] * taken
    told = "q.xml:1: Q1: earns from 0.33 to 0.34 points for a part; here parts count alike"
    assert (told in losses) == taken
