"""Answers in files: what an item may ask for, what an answer may name, and what files are called."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exam_engine.delivery.answers import answer_to, shared_slot
from exam_engine.http.saves import BODY_BYTES_MAX
from kernel.canonical import canonical_json
from kernel.errors import Invalid
from question_bank.interchange.entries import Target
from question_bank.interchange.formats import format_named
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.item_kinds import ANSWERED_BY_FILES, KINDS, FileKind, JudgedKind, file_kind
from question_bank.item_kinds.answer_files import FILE_BYTES_MAX, NAME_CHARACTERS_MAX, AnswerFile, shown_name
from question_bank.item_kinds.upload import KIND
from question_bank.media_types import SUFFIXES
from question_bank.translations import misfits
from question_bank.uploads import MEDIA_TYPES, UPLOAD_BYTES_MAX
from tests.builders.question_bank import item_document
from tests.builders.samples import SAMPLES, kept_file

CONTENT = SAMPLES["upload"].content
ARRANGEMENT = KIND.arrange(CONTENT, list)
suffixes = st.sampled_from(sorted(SUFFIXES))


def faults_with(member: str, value: Any) -> dict[str, str]:
    content = deepcopy(CONTENT)
    content["files"][member] = value
    return {fault.place: fault.message for fault in KIND.faults(content)}


def refused(*files: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        KIND.read_response(ARRANGEMENT, {"files": list(files)})
    return {fault.place: fault.message for fault in refusal.value.faults}


def test_it_is_judged_and_answered_by_files_and_no_other_kind_is() -> None:
    assert isinstance(KIND, JudgedKind)
    assert isinstance(KIND, FileKind)
    assert {name for name in KINDS if file_kind(name)} == ANSWERED_BY_FILES == {"upload"}


def test_what_can_be_asked_for_is_what_the_reader_of_uploads_takes_and_texts() -> None:
    assert set(SUFFIXES) == {*MEDIA_TYPES, "text/plain", "text/csv"}
    assert FILE_BYTES_MAX == UPLOAD_BYTES_MAX


@pytest.mark.parametrize(
    ("member", "value", "where", "words"),
    [
        ("accepts", [], "/files/accepts", "needs 1 to"),
        ("accepts", ["text/html"], "/files/accepts/0", "no media type that can be checked"),
        ("accepts", ["image/png", "image/png"], "/files/accepts/1", "stands already"),
        ("count_max", 0, "/files/count_max", "outside 1..5"),
        ("count_max", 6, "/files/count_max", "outside 1..5"),
        ("bytes_max", FILE_BYTES_MAX + 1, "/files/bytes_max", "outside"),
        ("bytes_max", "1000", "/files/bytes_max", "whole number"),
        ("optional", True, "/files/optional", "unknown here"),
    ],
)
def test_what_nobody_could_hand_in_is_refused(member: str, value: Any, where: str, words: str) -> None:
    assert words in faults_with(member, value)[where]


def test_candidates_are_told_the_limits_and_nothing_else() -> None:
    assert KIND.candidate_content(CONTENT, ARRANGEMENT) == {
        "kind": "upload",
        "stem": "<p>What comes first?</p>",
        "files": {"accepts": ["text/csv", "image/png"], "count_max": 2, "bytes_max": 1_000_000},
    }


def test_an_answer_names_its_files_in_its_own_order() -> None:
    files = [kept_file(2), kept_file(1)]
    read = KIND.read_response(ARRANGEMENT, {"files": files})
    assert [file.sha256 for file in KIND.files(read)] == [file["hash"] for file in files]
    assert KIND.files(read)[1] == AnswerFile(files[1]["hash"], "plan 1.csv", "text/csv", 9000)
    assert KIND.files({}) == []


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"hash": "A" * 64}, "/files/0/hash"),
        ({"hash": "a" * 63}, "/files/0/hash"),
        ({"name": "plan 1.html"}, "/files/0/name"),
        ({"name": "../plan 1.csv"}, "/files/0/name"),
        ({"name": "\u202evsc.exe.csv"}, "/files/0/name"),
        ({"name": 5}, "/files/0/name"),
        ({"media_type": "application/pdf"}, "/files/0/media_type"),
        ({"bytes": 0}, "/files/0/bytes"),
        ({"bytes": 1_000_001}, "/files/0/bytes"),
        ({"bytes": True}, "/files/0/bytes"),
        ({"path": "/etc"}, "/files/0"),
    ],
)
def test_a_file_that_was_never_acknowledged_like_this_is_refused_at_its_place(changes: Any, where: str) -> None:
    assert list(refused(kept_file(1, **changes))) == [where]


def test_too_many_files_and_the_same_one_twice_are_refused() -> None:
    assert refused(kept_file(1), kept_file(1)).keys() == {"/files/1/hash"}
    assert refused(kept_file(1), kept_file(2), kept_file(3)).keys() == {"/files"}


def test_the_longest_answer_can_be_saved() -> None:
    name = shown_name("\U0001f600" * 200, "text/csv")
    files = [kept_file(number, name=name, bytes=FILE_BYTES_MAX) for number in range(5)]
    arrangement = {"accepts": ["text/csv"], "count_max": 5, "bytes_max": FILE_BYTES_MAX}
    answer = answer_to(shared_slot("upload", arrangement), canonical_json({"files": files}))
    assert len(answer.value) < BODY_BYTES_MAX // 2


def test_a_translation_leaves_what_is_asked_for() -> None:
    other = deepcopy(CONTENT)
    other["files"] |= {"accepts": ["application/pdf"], "bytes_max": 5}
    assert {fault.place for fault in misfits(CONTENT, other)} == {"/files/accepts", "/files/bytes_max"}


# Names


@pytest.mark.parametrize(
    ("sent", "media_type", "shown"),
    [
        ("plan.pdf", "application/pdf", "plan.pdf"),
        ("PLAN.PDF", "application/pdf", "PLAN.PDF"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("report.docx", "application/pdf", "report.docx.pdf"),
        ("page.html", "text/plain", "page.html.txt"),
        ("C:\\Users\\eva\\plan.pdf", "application/pdf", "plan.pdf"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("inno\u202efdp.exe", "application/pdf", "innofdp.exe.pdf"),
        ("a\r\nb\x00\u2028c.csv", "text/csv", "a b c.csv"),
        (" ..hidden. .pdf", "application/pdf", "hidden.pdf"),
        ('who "is" <it>?.pdf', "application/pdf", "who _is_ _it__.pdf"),
        ("", "image/png", "file.png"),
        (".pdf", "application/pdf", "file.pdf"),
        ("\ud800", "application/pdf", "file.pdf"),
        ("e\u0301tude.pdf", "application/pdf", "\u00e9tude.pdf"),
    ],
)
def test_a_name_says_what_the_file_is_and_nothing_that_misleads(sent: str, media_type: str, shown: str) -> None:
    assert shown_name(sent, media_type) == shown


@given(st.text(st.characters(codec=None) | st.sampled_from('/\\.<>" \u202e\u0338\u0301'), max_size=300), suffixes)
def test_a_shown_name_is_its_own_shown_name_and_can_be_stored(sent: str, media_type: str) -> None:
    name = shown_name(sent, media_type)
    assert shown_name(name, media_type) == name
    assert name.isprintable()
    assert 0 < len(name) <= NAME_CHARACTERS_MAX
    assert not set('/\\<>:"|?*') & set(name)
    assert name.rpartition(".")[0].strip(" .")
    name.encode()


# Other systems


@pytest.mark.parametrize("name", ["aiken", "csv", "gift", "moodle", "xlsx"])
def test_a_format_that_cannot_say_it_refuses_it_by_name(name: str) -> None:
    form = format_named(name)
    target = Target(f"items.{form.suffix}", "en", LossReport())
    b"".join(form.write([item_document("U-1", kind="upload") | CONTENT], target))
    (loss,) = target.report.of_kind(LossKind.REFUSED)
    assert (loss.subject, list(target.report.taken)) == ("U-1", [])
    assert "upload" in loss.message
