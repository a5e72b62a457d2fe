"""What people mark: its rubric is for scorers alone, and what brings none that can be read is refused."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from lxml import etree

from question_bank.interchange.entries import Source
from question_bank.interchange.losses import LossReport
from question_bank.interchange.qti.item_mapping import write_item
from question_bank.interchange.qti.package_reading import read_qti
from question_bank.interchange.qti.vocabulary import QTI3, VOCABULARIES, Vocabulary
from question_bank.interchange.qti.xml_trees import written
from question_bank.item_kinds import MARKED_BY_PEOPLE
from tests.builders.samples import SAMPLES
from tests.question_bank.interchange.qti.contents import Json
from tests.question_bank.interchange.qti.test_round_trips import packed, unpacked

BOTH = pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=VOCABULARIES)
RUBRIC = (
    '<qti-rubric-block view="scorer" use="scoring" class="exam-rubric"><qti-content-body><table><caption>Evidence'
    "</caption><tr><th>0</th><td>None</td></tr><tr><th>4</th><td>Enough</td></tr></table></qti-content-body>"
    "</qti-rubric-block>"
)
ESSAY = (
    f'<qti-assessment-item xmlns="{QTI3.namespace}" identifier="E1" title="E" xml:lang="en">\n'
    '<qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="string">{declared}'
    "</qti-response-declaration>\n"
    '<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float" {outcome}/>\n'
    "<qti-item-body><p>Advise the council.</p>\n"
    '<qti-extended-text-interaction response-identifier="RESPONSE" {interaction}/>{rubric}\n'
    "</qti-item-body>{processing}</qti-assessment-item>"
)


def entry_of(kind: str) -> Json:
    tags = {"competence": "A1.1", "level": 5, "cognitive": "apply", "expected_difficulty": "0.6"}
    return {"code": "J1", "kind": kind, **tags, "expected_seconds": 60, "enemies": [], **SAMPLES[kind].content}


def essay(
    rubric: str = RUBRIC, declared: str = "", outcome: str = "", interaction: str = "", processing: str = ""
) -> tuple[list[Json], list[str]]:
    """Read an essay that another system wrote."""
    document = ESSAY.format(
        rubric=rubric, declared=declared, outcome=outcome, interaction=interaction, processing=processing
    )
    report = LossReport()
    found = [entry for entry in read_qti(Source(io.BytesIO(document.encode()), "e.xml", "en", report)) if entry.item]
    return [entry.item for entry in found], [f"{loss.kind.value} {loss}" for loss in report.losses]


@BOTH
@pytest.mark.parametrize("kind", sorted(MARKED_BY_PEOPLE))
def test_scorers_alone_are_told_by_what_an_answer_is_marked(kind: str, vocabulary: Vocabulary) -> None:
    root = etree.fromstring(written(write_item(entry_of(kind), "en", vocabulary), vocabulary))
    score = next(root.iter("{*}outcomeDeclaration", "{*}qti-outcome-declaration"))
    assert score.get("externalScored", score.get("external-scored")) == "human"
    assert not list(root.iter("{*}responseProcessing", "{*}qti-response-processing"))
    told = list(root.iter("{*}rubricBlock", "{*}qti-rubric-block"))
    assert [(block.get("view"), block.get("use")) for block in told] == [
        ("scorer", "scoring"),
        ("scorer", "instructions"),
        ("scorer", "scoring"),
    ]
    for block in told:
        block.getparent().remove(block)
    assert "SECRET" not in etree.tostring(root, encoding="unicode")


def test_an_essay_of_another_system_is_taken_with_a_rubric_in_our_shape() -> None:
    extra = '<qti-rubric-block view="tutor scorer"><qti-stylesheet href="a.css"/><p>Read twice.</p></qti-rubric-block>'
    ((item,), told) = essay(
        RUBRIC + extra,
        declared="<qti-correct-response><qti-value>The bridge first.</qti-value></qti-correct-response>",
        outcome='external-scored="human" normal-maximum="5"',
        interaction='expected-length="200" pattern-mask="^(?:(?:[^\\s\\:\\!\\?\\;\\…\\€]+)[\\s\\:\\!\\?\\;\\…\\€]*){0,90}$"',
    )
    levels = [{"id": "1", "points": 0, "text": "None"}, {"id": "2", "points": 4, "text": "Enough"}]
    assert item == {
        "code": "E1",
        "kind": "essay",
        "stem": "Advise the council.",
        "words": {"max": 90},
        "rubric": [{"id": "1", "text": "Evidence", "levels": levels}],
        "guidance": "Read twice.",
        "model_answer": "The bridge first.",
    }
    assert [line.partition(": E1: ")[2] for line in told] == [
        "its style sheet is left out",
        "holds the writer to its limits on words; here they are told and markers judge them",
        "an expected length of 200 signs is not told; here lengths are in words",
        "is given up to 5 points there, where its rubric comes to 4",
        "is worth 4 there; here every item weighs one",
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"rubric": ""}, "e.xml:5: E1: is marked by people and brings no rubric that can be read"),
        ({"rubric": RUBRIC.replace("exam-rubric", "")}, "e.xml:5: E1: is marked by people and brings no rubric"),
        ({"rubric": RUBRIC.replace("<th>4", "<th>many")}, "e.xml:5: E1: is no level of a criterion"),
        ({"rubric": RUBRIC.replace("<table>", "First<table>")}, "has words beside the tables of its rubric"),
        ({"rubric": RUBRIC.replace("table>", "div>")}, "is no table of one criterion with its caption"),
        ({"rubric": RUBRIC.replace("<th>4", "<th>0")}, "/rubric/0/levels/1/points is what"),
        ({"interaction": 'pattern-mask="[0-9]*"'}, "takes only what fits a pattern that bounds more"),
        ({"outcome": 'external-scored="externalMachine"'}, "has its score from another system"),
        (
            {"processing": f'<qti-response-processing template="{QTI3.templates}match_correct.xml"/>'},
            "e.xml:2: E1: is given points by response processing",
        ),
    ],
)
def test_an_essay_that_nobody_could_mark_alike_is_refused(changed: dict[str, Any], told: str) -> None:
    found, losses = essay(**changed)
    assert found == []
    assert any(told in line for line in losses if line.startswith("refused")), losses


@BOTH
def test_an_upload_changed_elsewhere_keeps_how_many_files_and_how_large(vocabulary: Vocabulary) -> None:
    entry = entry_of("upload")
    source, _ = packed([entry], vocabulary)
    changed = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"What comes first?<", b"What comes last?<"))
    changed.seek(0)
    found, _ = unpacked(changed)
    assert [anew.item for anew in found] == [entry | {"stem": "What comes last?"}]


def test_a_choice_that_people_score_elsewhere_is_marked_by_its_key_here() -> None:
    entry = {"code": "C1", "kind": "single_choice", **SAMPLES["single_choice"].content}
    document = written(write_item(entry, "en", QTI3), QTI3)
    report = LossReport()
    by_people = document.replace(b'normal-minimum="0"', b'external-scored="human"')
    assert [entry for entry in read_qti(Source(io.BytesIO(by_people), "c.xml", "en", report)) if entry.item]
    assert "has its score set by 'human' there; here its key marks it" in [loss.message for loss in report.losses]
