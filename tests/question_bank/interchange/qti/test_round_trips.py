"""What is written is read back the same, from packages and from single files, in both vocabularies."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.canonical import canonical_json
from question_bank.interchange.entries import Entry, Source, Target
from question_bank.interchange.files import FilesWithin
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.interchange.qti.item_mapping import WRITERS, write_item
from question_bank.interchange.qti.package_reading import read_qti
from question_bank.interchange.qti.package_writing import write_qti
from question_bank.interchange.qti.vocabulary import VOCABULARIES, Vocabulary
from question_bank.interchange.qti.xml_trees import written
from question_bank.item_kinds import KINDS
from question_bank.item_kinds.answer_files import FILE_BYTES_MAX
from question_bank.marked_text import Shape, shown
from question_bank.media_types import SUFFIXES
from tests.builders.samples import PLAN, SAMPLES
from tests.question_bank.interchange.qti.contents import PLAN_KEPT, Json, entries
from tests.question_bank.interchange.qti.test_marking import content_of

BOTH = pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=VOCABULARIES)
EVERY_KIND = pytest.mark.parametrize("kind", WRITERS)


def plan(address: str) -> bytes:
    assert address == f"media:{PLAN}.png"
    return PLAN_KEPT


def keep_plan(name: str, content: bytes) -> str:
    assert name.startswith(PLAN[:4])
    assert content == PLAN_KEPT
    return f"media:{PLAN}.png"


def packed(items: list[Json], vocabulary: Vocabulary) -> tuple[io.BytesIO, LossReport]:
    report = LossReport()
    document = b"".join(write_qti(items, Target("p.zip", "en", report, plan), vocabulary))
    return io.BytesIO(document), report


def unpacked(source: io.BytesIO) -> tuple[list[Entry], LossReport]:
    report = LossReport()
    return [entry for entry in read_qti(Source(source, "p.zip", "en", report, keep_plan)) if entry.item], report


def read_alone(entry: Json, vocabulary: Vocabulary) -> tuple[Json, LossReport]:
    """Read an item from its file alone, without what the manifest says of it."""
    document = written(write_item(entry, "en", vocabulary), vocabulary)
    report = LossReport()
    source = io.BytesIO(document) if entry["kind"] != "hotspot" else with_plan(document, vocabulary)
    found = [entry for entry in read_qti(Source(source, "a.xml", "en", report, keep_plan)) if entry.item]
    assert not report.of_kind(LossKind.REFUSED), report.losses
    return found[0].item, report


def with_plan(document: bytes, vocabulary: Vocabulary) -> io.BytesIO:
    """A package whose manifest says nothing but where its files are."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("items/a.xml", document)
        archive.writestr(f"media/{PLAN}.png", PLAN_KEPT)
        archive.writestr(
            "imsmanifest.xml",
            f'<manifest xmlns="{vocabulary.manifest_namespace}"><resources><resource identifier="a" '
            f'type="{vocabulary.item_type}" href="items/a.xml"><file href="media/{PLAN}.png"/></resource></resources></manifest>',
        )
    target.seek(0)
    return target


def as_shown(member: Any, name: str = "") -> Any:
    """An item with its texts as they are shown, and numbers as what they are worth."""
    match member:
        case dict():
            return {key: as_shown(value, key) for key, value in member.items()}
        case list():
            return [as_shown(value, name) for value in member]
        case str() if name in {"stem", "feedback", "guidance", "model_answer"}:
            return shown(member, Shape.BLOCKS)
        case str() if name == "passage":
            return shown(member, Shape.PASSAGE)
        case str() if name == "text":
            return shown(member, Shape.LINE)
    return member


def without_defaults(entry: Json) -> Json:
    defaults = {
        "choose": "one",
        "scoring": "ecqa",
        "credit": "per_part",
        "use": "once",
        "counted": "whole",
        "case": "ignored",
    }
    content = {name: member for name, member in content_of(entry).items() if name not in {"rationale", "source"}}
    if content.get("scoring") == "plus_minus" and len(content["key"]) == len(
        content.get("options", content.get("spots"))
    ):
        del content["scoring"]  # where nothing is wrong, nothing can be taken away
    return {name: member for name, member in content.items() if defaults.get(name) != member}


@BOTH
@settings(max_examples=10)
@given(
    items=st.lists(st.sampled_from([*WRITERS]).flatmap(entries), min_size=1, max_size=4, unique_by=lambda e: e["code"])
)
def test_a_package_gives_back_its_items_without_a_loss(vocabulary: Vocabulary, items: list[Json]) -> None:
    source, told = packed(items, vocabulary)
    assert not told.of_kind(LossKind.REFUSED)
    found, report = unpacked(source)
    assert canonical_json([entry.item for entry in found]) == canonical_json(items)
    assert list(report.losses) == []
    assert packed([entry.item for entry in found], vocabulary)[0].getvalue() == source.getvalue()


@BOTH
@EVERY_KIND
@settings(max_examples=10)
@given(data=st.data())
def test_a_single_file_says_the_same_and_then_stays_as_it_is(
    kind: str, vocabulary: Vocabulary, data: st.DataObject
) -> None:
    entry = data.draw(entries(kind))
    once, _ = read_alone(entry, vocabulary)
    assert once["kind"] == kind
    assert not KINDS[kind].faults(content_of(once) | {"rationale": "r", "source": "s"})
    wanted, found = as_shown(without_defaults(entry)), as_shown(without_defaults(once))
    if kind in {"gap_text", "short_text"}:  # QTI has no word for accents that do not decide
        wanted |= {"accents": "counts"}
    if kind == "numeric":  # other spellings of the same numbers
        assert wanted.keys() == found.keys()
    elif kind == "upload":  # QTI takes one file, of one type if it says one
        assert found.pop("files") == {"accepts": _types_said(entry), "count_max": 1, "bytes_max": FILE_BYTES_MAX}
        assert found == {name: member for name, member in wanted.items() if name != "files"}
    elif kind in {"single_choice", "multiple_choice", "hotspot"}:
        assert found | {"key": sorted(found["key"])} == wanted | {"key": sorted(wanted["key"])}
    else:
        assert found == wanted
    again, _ = read_alone(once, vocabulary)
    assert canonical_json(again) == canonical_json(once)


def _types_said(entry: Json) -> list[str]:
    accepts = list(entry["files"]["accepts"])
    return accepts if len(accepts) == 1 else list(SUFFIXES)


@BOTH
def test_an_item_changed_elsewhere_is_read_anew_and_keeps_what_qti_does_not_say(vocabulary: Vocabulary) -> None:
    entry = {
        "code": "A1.1-5-01",
        "kind": "short_text",
        "competence": "A1.1",
        "level": 5,
        "cognitive": "apply",
        "expected_difficulty": "0.62",
        "expected_seconds": 60,
        "enemies": ["A1.1-5-02"],
        "stem": "What is counted?",
        "accepted": ["demand"],
        "rationale": "Measures a word.",
        "source": "A textbook",
    }
    source, _ = packed([entry], vocabulary)
    changed = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"What is counted?<", b"What is counted first?<"))
    changed.seek(0)
    found, report = unpacked(changed)
    assert [entry.item for entry in found] == [entry | {"stem": "What is counted first?", "accents": "counts"}]
    assert [loss.message for loss in report.losses] == [
        "was changed since this product wrote it; it is read anew",
        "spacing and kinds of dashes and quotes decide there, and never here",
    ]
    assert {loss.file for loss in report.losses} == {"p.zip/items/A1.1-5-01.xml"}


def test_what_qti_cannot_say_is_left_out_and_told() -> None:
    entry = {"code": "N1", "kind": "numeric", "stem": "How far?", "answer": "1", "within": {"relative": "1/3"}}
    _, told = packed([entry | {"rationale": "r", "source": "s"}], VOCABULARIES["qti3"])
    assert [str(loss) for loss in told.of_kind(LossKind.REFUSED)] == [
        "p.zip/imsmanifest.xml: N1: QTI cannot say it: 1/3 is no decimal"
    ]
    assert told.exact == []


@BOTH
def test_signs_that_xml_cannot_hold_come_back_where_they_can_stand(vocabulary: Vocabulary) -> None:
    entry = {"code": "S1", "kind": "short_text", "enemies": [], "stem": "What?", "accepted": ["it"], "source": "s"}
    found, _ = unpacked(packed([entry | {"rationale": "no \ufffe sign"}], vocabulary)[0])
    assert found[0].item["rationale"] == "no \ufffe sign"
    _, told = packed([entry | {"stem": "What is \ufffe?", "rationale": "r"}], vocabulary)
    assert len(told.of_kind(LossKind.REFUSED)) == 1


@BOTH
@pytest.mark.parametrize("sides", [b"", b' width=""'])
def test_a_picture_that_does_not_say_its_size_has_that_of_its_file(vocabulary: Vocabulary, sides: bytes) -> None:
    entry = {"code": "H1", "kind": "hotspot", **SAMPLES["hotspot"].content}
    document = written(write_item(entry, "en", vocabulary), vocabulary)
    assert document.count(b' width="600" height="400"') == 1
    unsaid = document.replace(b' width="600" height="400"', sides)
    files, report = FilesWithin("p.zip"), LossReport()
    source = Source(with_plan(unsaid, vocabulary), "p.zip", "en", report, files, size_of=files.size_of)
    [found] = [entry for entry in read_qti(source) if entry.item]
    assert found.item["picture"] == entry["picture"]
    assert not report.of_kind(LossKind.REFUSED)


@BOTH
@pytest.mark.parametrize("said", [b' width="100%" height="400"', b' height="400"'])
def test_a_picture_that_is_shown_in_a_size_that_nobody_knows_is_refused(vocabulary: Vocabulary, said: bytes) -> None:
    entry = {"code": "H1", "kind": "hotspot", **SAMPLES["hotspot"].content}
    document = written(write_item(entry, "en", vocabulary), vocabulary).replace(b' width="600" height="400"', said)
    files, report = FilesWithin("p.zip"), LossReport()
    source = Source(with_plan(document, vocabulary), "p.zip", "en", report, files, size_of=files.size_of)
    assert not [entry for entry in read_qti(source) if entry.item]
    [refused] = report.of_kind(LossKind.REFUSED)
    assert (refused.place, refused.message) == (
        ":2",
        "does not say in whole pixels how wide and high its picture is",
    )
