"""A document is previewed and then taken in as it was previewed, or not at all."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from kernel.errors import NotFound, TooLarge
from question_bank.competences import Framework
from question_bank.documents import DocumentRefused
from question_bank.interchange import formats
from question_bank.interchange.choosing import Chosen
from question_bank.interchange.completion import Supplied
from question_bank.interchange.exporting import export_items, template
from question_bank.interchange.formats import FORMATS, UnknownFormat
from question_bank.interchange.importing import BankChanged, LossesNotAgreed, import_items, make_ready, take_previewed
from question_bank.interchange.losses import LossKind
from question_bank.interchange.previewing import Preview, counted, preview_items
from question_bank.interchange.qti.item_mapping import write_item
from question_bank.interchange.qti.vocabulary import QTI3
from question_bank.interchange.qti.xml_trees import written
from question_bank.items import ItemVersion
from question_bank.media import Medium, add_medium, store_file
from tests.builders.files import STORAGE, png
from tests.builders.kernel import NOW
from tests.builders.kinds import CONTENTS
from tests.builders.question_bank import (
    Staff,
    framework_document,
    import_bank,
    item_document,
    make_drafts,
    make_framework,
    make_staff,
)
from tests.builders.samples import PLAN, PLAN_FILE, SAMPLES
from tests.question_bank.interchange.qti.test_round_trips import with_plan

SUPPLIED = Supplied(
    competence="A.1",
    level=4,
    cognitive="apply",
    expected_difficulty="0.6",
    expected_seconds=60,
    rationale="Measures it.",
    source="A book",
    code_prefix="Q-",
)
ONE = "// [tag:competence=A.1] [tag:level=4]\n::a::One? {=x ~y}"
GIFT = """// [tag:level=5]
::A.1-1::Which is open? {=CSV ~A scan ~A photo}

$CATEGORY: $course$/bank/A.2

Who was it? {=Anna =anna maria}

An essay {}

::half::Which two? {~%50%one ~%50%two ~%0%three}
"""


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def framework(tx: Session, staff: Staff) -> Framework:
    return make_framework(tx, staff)


def previewing(tx: Session, staff: Staff, framework: Framework, text: str | bytes, **changes: Any) -> Preview:
    facts: dict[str, Any] = {"file": "bank.gift", "format_name": "gift", "supplied": SUPPLIED, "actor": staff.author}
    document = text.encode() if isinstance(text, str) else text
    return preview_items(tx, framework, BytesIO(document), **(facts | changes))


def importing(tx: Session, staff: Staff, framework: Framework, text: str | bytes, **changes: Any) -> list[ItemVersion]:
    facts: dict[str, Any] = {
        "file": "bank.gift",
        "format_name": "gift",
        "supplied": SUPPLIED,
        "agreement": None,
        "storage": STORAGE,
        "actor": staff.author,
        "now": NOW,
    }
    document = text.encode() if isinstance(text, str) else text
    made = import_items(tx, framework, BytesIO(document), **(facts | changes))
    return [tx.get_one(ItemVersion, version_id) for version_id in made]


def versions(tx: Session) -> int:
    return tx.scalar(select(func.count()).select_from(ItemVersion)) or 0


def test_a_preview_tells_everything_and_saves_nothing(tx: Session, staff: Staff, framework: Framework) -> None:
    preview = previewing(tx, staff, framework, GIFT)
    assert versions(tx) == 0
    assert [(one.place, one.name, one.item["competence"], one.item["level"]) for one in preview.items] == [
        (":2", "A.1-1", "A.1", 5),
        (":6", "Q-0002", "A.2", 4),
        (":10", "half", "A.2", 4),
    ]
    assert counted(preview.becoming.values()) == {"new": 3, "next": 0, "same": 0}
    told = {str(loss) for loss in preview.report.losses}
    assert (
        "bank.gift:8: the question in line 8: asks for an essay, which needs a rubric here; write one over the pages or in a bank file"
        in told
    )
    assert "bank.gift:10: half: a wrong option cost nothing; here each takes one right one away" in told
    assert any("says no competence; 'A.1' is taken" in line and "A.1-1" in line for line in told)
    assert any("2 of the questions say no level; 4 is taken" in line for line in told)


def test_losses_are_agreed_to_before_they_happen(tx: Session, staff: Staff, framework: Framework) -> None:
    with pytest.raises(LossesNotAgreed) as refused:
        importing(tx, staff, framework, GIFT)
    assert versions(tx) == 0
    preview = previewing(tx, staff, framework, GIFT)
    assert refused.value.facts["agreement"] == preview.agreement
    with pytest.raises(LossesNotAgreed):
        importing(tx, staff, framework, GIFT + "\n", agreement=preview.agreement)
    taken = importing(tx, staff, framework, GIFT, agreement=preview.agreement)
    assert [version.content for version in taken] == [
        {name: value for name, value in item.items() if name not in TAGS}
        for item in (one.item for one in preview.items)
    ]
    entry = tx.scalars(select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
    assert entry is not None
    assert entry.action == "item_bank.import"


def test_an_agreement_names_all_that_was_shown(tx: Session, staff: Staff, framework: Framework) -> None:
    facts = {"supplied": replace(SUPPLIED, language="en")}
    shown = previewing(tx, staff, framework, GIFT, **facts).agreement
    other = make_framework(tx, staff, framework_document(code="other"))
    again = previewing(tx, staff, other, GIFT, **facts)
    assert {again.agreement} != {shown}, "the framework"
    aiken = "Which?\nA. a\nB. b\nANSWER: A\n"
    assert previewing(tx, staff, framework, aiken).agreement != previewing(tx, staff, other, aiken).agreement
    before = previewing(tx, staff, framework, ONE)
    importing(tx, staff, framework, ONE.replace("One?", "Another?"))
    after = previewing(tx, staff, framework, ONE)
    assert list(before.report.losses) == list(after.report.losses)
    assert (before.becoming, after.becoming) == ({"a": "new"}, {"a": "next"})
    with pytest.raises(LossesNotAgreed):
        importing(tx, staff, framework, ONE, agreement=before.agreement)
    assert len(importing(tx, staff, framework, ONE, agreement=after.agreement)) == 1


def test_an_agreement_that_is_sent_is_right_also_where_nothing_is_lost(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    assert previewing(tx, staff, framework, ONE).is_lossless
    with pytest.raises(LossesNotAgreed):
        importing(tx, staff, framework, ONE, agreement="0" * 64)
    assert versions(tx) == 0


def take(tx: Session, staff: Staff, framework: Framework, preview: Preview) -> list[Any]:
    ready = make_ready(preview, agreement=preview.agreement, storage=STORAGE)
    return take_previewed(tx, framework, ready, actor=staff.author, now=NOW)


def test_what_was_previewed_is_taken_in_later(tx: Session, staff: Staff, framework: Framework) -> None:
    preview = previewing(tx, staff, framework, ONE)
    importing(tx, staff, framework, ONE.replace("::a::", "::b::"))  # of no concern
    assert len(take(tx, staff, framework, preview)) == 1


@pytest.mark.parametrize("meanwhile", ["One?", "Another?"])
def test_nothing_is_taken_in_where_the_bank_has_changed_meanwhile(
    tx: Session, staff: Staff, framework: Framework, meanwhile: str
) -> None:
    preview = previewing(tx, staff, framework, ONE)
    importing(tx, staff, framework, ONE.replace("One?", meanwhile))
    with pytest.raises(BankChanged, match="a has changed in the bank"):
        take(tx, staff, framework, preview)
    assert versions(tx) == 1


def test_nothing_is_taken_into_another_framework_than_previewed(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    preview = previewing(tx, staff, framework, ONE)
    with pytest.raises(BankChanged, match="another version of the framework"):
        take(tx, staff, make_framework(tx, staff, framework_document(code="other")), preview)
    assert versions(tx) == 0


def test_whoever_waits_sends_so_many_questions_at_most(tx: Session, staff: Staff, framework: Framework) -> None:
    two = f"{ONE}\n\n{ONE.replace('::a::', '::b::')}"
    assert len(previewing(tx, staff, framework, two, items_max=2).items) == 2
    with pytest.raises(TooLarge, match="more than 1 questions; split it, or .* exam-engine import-items"):
        previewing(tx, staff, framework, two, items_max=1)


TAGS = {"code", "kind", "competence", "level", "cognitive", "expected_difficulty", "expected_seconds", "enemies"}


def test_what_nobody_says_is_open_and_not_invented(tx: Session, staff: Staff, framework: Framework) -> None:
    preview = previewing(tx, staff, framework, "::a::One? {=x ~y}", supplied=Supplied())
    assert list(preview.items) == []
    assert {loss.message.partition(";")[0] for loss in preview.report.of_kind(LossKind.OPEN)} == {
        f"says no {name}"
        for name in (
            "competence",
            "level",
            "cognitive demand",
            "difficulty",
            "time in seconds",
            "rationale",
            "source",
        )
    }


def test_an_item_that_the_bank_cannot_take_is_refused_with_its_place(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    text = "::a::One? {=x ~x}\n\n// [tag:enemies=a]\n::b::Two? {=x ~y}\n\n// [tag:level=9]\n::c::Three? {=x ~y}\n\n::d::Four? {=x ~y}"
    preview = previewing(tx, staff, framework, text)
    assert [item["code"] for item in (one.item for one in preview.items)] == ["d"]
    refused = {loss.place: loss.message for loss in preview.report.of_kind(LossKind.REFUSED)}
    assert refused.keys() == {":1", ":4", ":7"}
    assert "says the same" in refused[":1"]
    assert "no item 'a'" in refused[":4"]


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"aiken"}))
def test_what_is_exported_and_imported_is_nothing_new(
    tx: Session, staff: Staff, framework: Framework, name: str
) -> None:
    tags = {name: value for name, value in item_document().items() if name not in {"options", "key"}}
    drafts = [tags | {"code": f"K-{number}", "kind": kind} | own for number, (kind, own) in enumerate(CONTENTS.items())]
    drafts[0]["stem"] += f"\n\n![A plan](media:{PLAN}.png)"
    drafts[1]["enemies"] = ["K-0"]
    add_medium(tx, store_file(STORAGE, PLAN_FILE), file_name="plan.png", description="", actor=staff.author, now=NOW)
    made = make_drafts(tx, staff, framework, drafts)
    exported = export_items(tx, framework, format_name=name, chosen=Chosen(), storage=STORAGE, actor=staff.author)
    preview = previewing(tx, staff, framework, exported.document, format_name=name, supplied=Supplied())
    assert set(preview.becoming.values()) == {"same"}
    assert len(preview.items) == len(exported.report.taken)
    assert list(preview.report.losses) == []
    assert len(preview.report.exact) == len(preview.items)
    assert importing(tx, staff, framework, exported.document, format_name=name, supplied=Supplied()) == []
    assert versions(tx) == len(made)


@pytest.mark.parametrize("name", ["bank", "moodle", "qti2", "qti3"])
def test_pictures_go_along_to_another_body(tx: Session, staff: Staff, framework: Framework, name: str) -> None:
    add_medium(tx, store_file(STORAGE, PLAN_FILE), file_name="plan.png", description="", actor=staff.author, now=NOW)
    make_drafts(tx, staff, framework, [item_document("a", stem=f"Which?\n\n![A plan](media:{PLAN}.png)")])
    exported = export_items(tx, framework, format_name=name, chosen=Chosen(), storage=STORAGE, actor=staff.author)
    other = make_staff(tx)
    theirs = make_framework(tx, other)
    facts: dict[str, Any] = {"format_name": name, "supplied": Supplied(), "actor": other.author}
    [version] = importing(tx, other, theirs, exported.document, **facts)
    assert f"media:{PLAN}.png" in version.content["stem"]
    [medium] = tx.scalars(select(Medium).where(Medium.organisation_id == other.organisation.id))
    assert medium.sha256 == PLAN


def items_in(package: bytes) -> list[dict[str, Any]]:
    with ZipFile(BytesIO(package)) as archive:
        found: list[dict[str, Any]] = json.loads(archive.read("items/0001.json"))["items"]
    return found


def test_the_bank_file_is_exported_whole(tx: Session, staff: Staff, framework: Framework) -> None:
    make_drafts(tx, staff, framework, [item_document("b", enemies=["a"]), item_document("a", level=5)])
    facts: dict[str, Any] = {"format_name": "bank", "storage": STORAGE, "actor": staff.author}
    document = export_items(tx, framework, chosen=Chosen(), **facts).document
    assert import_bank(tx, framework, document, file="x", actor=staff.author) == []
    assert [(item["code"], item["enemies"]) for item in items_in(document)] == [("a", ["b"]), ("b", ["a"])]
    one = export_items(tx, framework, chosen=Chosen(level=5), **facts).document
    assert [item["code"] for item in items_in(one)] == ["a"]


@pytest.mark.parametrize("name", ["csv", "xlsx"])
def test_a_template_is_a_document_without_items(tx: Session, staff: Staff, framework: Framework, name: str) -> None:
    preview = previewing(tx, staff, framework, template(name).document, format_name=name)
    assert list(preview.items) == []
    assert preview.is_lossless


def test_strangers_and_unknown_formats_are_refused(tx: Session, staff: Staff, framework: Framework) -> None:
    stranger = make_staff(tx).author
    with pytest.raises(NotFound):
        previewing(tx, staff, framework, GIFT, actor=stranger)
    with pytest.raises(NotFound):
        export_items(tx, framework, format_name="bank", chosen=Chosen(), storage=STORAGE, actor=stranger)
    with pytest.raises(UnknownFormat):
        previewing(tx, staff, framework, GIFT, format_name="docx")


def test_a_document_beyond_the_limit_of_its_format_is_refused_unread(
    tx: Session, staff: Staff, framework: Framework, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless(BytesIO):
        """A gibibyte and more, without having it."""

        def read(self, size: int | None = -1, /) -> bytes:
            return bytes(size or 0)

    assert formats.FORMATS["gift"].bytes_max == 1024**3
    with pytest.raises(TooLarge):
        preview_items(
            tx,
            framework,
            Endless(),
            file="x",
            format_name="xlsx",
            supplied=SUPPLIED,
            actor=staff.author,
        )


def test_a_document_that_cannot_be_read_changes_nothing(tx: Session, staff: Staff, framework: Framework) -> None:
    with pytest.raises(DocumentRefused, match="bank.gift:2:5"):
        importing(tx, staff, framework, b"good\nbad \xe9\n")


def test_files_come_in_with_the_items_that_show_them(tx: Session, staff: Staff, framework: Framework) -> None:
    picture = b64encode(png(40, 30)).decode()
    question = (
        '<question type="shortanswer"><name><text>{0}</text></name><questiontext format="html"><text><![CDATA[<p>Which?</p>'
        '<p><img src="@@PLUGINFILE@@/{0}.png" alt="A plan"></p>]]></text>'
        '<file name="{0}.png" path="/" encoding="base64">{1}</file></questiontext>'
        '<answer fraction="100"><text>hall</text></answer></question>'
    )
    document = f"<quiz>{question.format('good', picture)}{question.format('bad', 'R0lGODlh')}</quiz>".encode()
    facts: dict[str, Any] = {"file": "q.xml", "format_name": "moodle"}
    preview = previewing(tx, staff, framework, document, **facts)
    assert tx.scalar(select(func.count()).select_from(Medium)) == 0
    [refused] = preview.report.of_kind(LossKind.REFUSED)
    assert str(refused).startswith("q.xml:1: bad: has the file 'bad.png': this is a GIF picture; save it as PNG")
    [version] = importing(tx, staff, framework, document, agreement=preview.agreement, **facts)
    [medium] = tx.scalars(select(Medium))
    assert (medium.file_name, medium.width, medium.height) == ("good.png", 40, 30)
    assert f"![A plan](media:{medium.sha256}.png)" in version.content["stem"]
    assert STORAGE.exists(medium.sha256)


def test_a_hotspot_whose_picture_says_no_size_has_that_of_the_file_that_came_with_it(
    tx: Session, staff: Staff, framework: Framework
) -> None:
    entry = {"code": "H1", "kind": "hotspot", **SAMPLES["hotspot"].content}
    unsaid = written(write_item(entry, "en", QTI3), QTI3).replace(b' width="600" height="400"', b"")
    package = with_plan(unsaid, QTI3).getvalue()
    preview = previewing(tx, staff, framework, package, file="p.zip", format_name="qti3")
    assert preview.report.of_kind(LossKind.REFUSED) == []
    assert preview.report.taken.keys() == {"H1"}


def test_a_medium_that_is_nowhere_is_told_before(tx: Session, staff: Staff, framework: Framework) -> None:
    address = f"media:{'ab' * 32}.png"
    document = f'kind,stem,match_1\nshort_text,"Which? ![A plan]({address})",hall\n'
    preview = previewing(tx, staff, framework, document, file="t.csv", format_name="csv")
    [refused] = preview.report.of_kind(LossKind.REFUSED)
    assert "t.csv:2" in str(refused)
    assert "there is no medium abababababab" in refused.message


@pytest.mark.parametrize("name", ["qti2", "qti3"])
def test_a_set_goes_out_and_comes_back_with_its_stimulus(
    tx: Session, staff: Staff, framework: Framework, name: str
) -> None:
    stimulus = {
        "code": "set-1",
        "title": "A *hall*",
        "text": "It opens at nine.\n\n| day | hours |\n|---|---|\n| Monday | 8 |",
    }
    drafts = [item_document("a", stimulus=stimulus), item_document("b", stimulus=stimulus), item_document("c")]
    make_drafts(tx, staff, framework, drafts)
    exported = export_items(tx, framework, format_name=name, chosen=Chosen(), storage=STORAGE, actor=staff.author)
    whole = previewing(tx, staff, framework, exported.document, format_name=name, supplied=Supplied())
    assert list(whole.report.losses) == []
    assert set(whole.becoming.values()) == {"same"}
    changed = BytesIO()
    with ZipFile(BytesIO(exported.document)) as old, ZipFile(changed, "w") as new:
        for file in old.namelist():
            new.writestr(file, old.read(file).replace(b"opens at nine", b"opens at ten"))
    preview = previewing(tx, staff, framework, changed.getvalue(), file="p.zip", format_name=name, supplied=Supplied())
    assert preview.becoming == {"a": "next", "b": "next", "c": "same"}
    assert {item["stimulus"]["text"] for item in (one.item for one in preview.items) if "stimulus" in item} == {
        stimulus["text"].replace("nine", "ten")
    }
    torn = BytesIO()
    with ZipFile(BytesIO(exported.document)) as old, ZipFile(torn, "w") as new:
        for file in old.namelist():
            new.writestr(file, b"<x/>" if file.startswith("stimuli/") else old.read(file))
    preview = previewing(tx, staff, framework, torn.getvalue(), file="p.zip", format_name=name, supplied=Supplied())
    assert [item["code"] for item in (one.item for one in preview.items)] == ["c"]
    told = [str(loss) for loss in preview.report.of_kind(LossKind.REFUSED)]
    assert any(line.startswith("p.zip/stimuli/set-1.xml:1:") for line in told)
    assert any("p.zip/items/a.xml:" in line and "is about a stimulus that cannot be taken" in line for line in told)
