"""Translations: words in another language for what is asked already, reviewed, released and resting with it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.errors import NotFound
from question_bank.authoring import (
    OwnItem,
    Verdict,
    draft_item,
    move_item,
    pilot,
    release,
    release_all,
    review,
    review_all,
    submit_all,
)
from question_bank.competences import Framework
from question_bank.finding import Search, find_items
from question_bank.interchange.importing import LossesNotAgreed
from question_bank.item_words import WORDS
from question_bank.items import ItemState, ItemVersion, Standing
from question_bank.keeping import NewerVersion, keep_draft, own_drafts
from question_bank.pool import live_pool
from question_bank.steps import OriginalElsewhere
from question_bank.translations import (
    Lack,
    Misfit,
    NotTranslatable,
    draft_translation,
    live_translations,
    misfits,
    translations_of,
    version_before,
)
from question_bank.working_copies import newest_number
from tests.builders.kernel import NOW
from tests.builders.question_bank import (
    Staff,
    as_bytes,
    import_bank,
    item_document,
    make_drafts,
    make_framework,
    make_live_items,
    make_staff,
)
from tests.builders.samples import SAMPLES


@pytest.fixture
def staff(tx: Session) -> Staff:
    return make_staff(tx)


@pytest.fixture
def original(tx: Session, staff: Staff) -> ItemVersion:
    [version] = make_live_items(tx, staff, make_framework(tx, staff), [item_document()])
    return version


def in_bulgarian(version: ItemVersion, **changes: Any) -> dict[str, Any]:
    content = copy.deepcopy(version.content)
    content["stem"] = "Какво прави градът най-напред?"
    for option in content["options"]:
        option |= {"text": f"Вариант {option['id']}", "feedback": "Обяснение."}
    return content | {"rationale": "Първата стъпка.", "source": "Учебник"} | changes


def translate(tx: Session, staff: Staff, original: ItemVersion, language: str = "bg", **changes: Any) -> ItemVersion:
    content = in_bulgarian(original, **changes)
    return draft_translation(tx, original, language=language, content=content, actor=staff.author, now=NOW)


def approve(tx: Session, staff: Staff, *versions: ItemVersion) -> None:
    submit_all(tx, versions, actor=staff.author, now=NOW)
    review_all(tx, versions, verdict=Verdict.APPROVED, reason="Reads well.", actor=staff.reviewer, now=NOW)


def live(tx: Session, staff: Staff, original: ItemVersion) -> ItemVersion:
    version = translate(tx, staff, original)
    approve(tx, staff, version)
    return release(tx, version, actor=staff.manager, now=NOW)


def framework_of(tx: Session, version: ItemVersion) -> Framework:
    return tx.get_one(Framework, version.competence.framework_id)


def state(tx: Session, version: ItemVersion) -> str:
    return tx.scalars(select(Standing.state).where(Standing.version_id == version.id)).one()


def test_a_translation_is_a_version_of_its_own_with_the_tags_of_its_original(
    tx: Session, staff: Staff, original: ItemVersion
) -> None:
    version = translate(tx, staff, original)
    assert (version.number, version.language, version.original_id) == (2, "bg", original.id)
    tags = ("item_id", "kind", "competence_id", "level", "cognitive", "expected_difficulty", "expected_seconds")
    assert [getattr(version, tag) for tag in tags] == [getattr(original, tag) for tag in tags]
    assert version.content_hash != original.content_hash
    assert state(tx, version) == ItemState.DRAFT
    assert translate(tx, staff, original) is version  # said again


def test_it_is_reviewed_by_somebody_else_like_any_version(tx: Session, staff: Staff, original: ItemVersion) -> None:
    version = translate(tx, staff, original)
    submit_all(tx, [version], actor=staff.author, now=NOW)
    with pytest.raises(OwnItem):
        review(tx, version, verdict=Verdict.APPROVED, reason="Mine.", actor=staff.author, now=NOW)


def test_a_live_translation_stands_beside_its_live_original(tx: Session, staff: Staff, original: ItemVersion) -> None:
    version = live(tx, staff, original)
    assert (state(tx, original), state(tx, version)) == (ItemState.LIVE, ItemState.LIVE)
    pool = live_pool(tx, framework_of(tx, original), staff.organisation.id)
    assert [found.version_id for found in pool.items] == [original.id]


def test_lists_and_drafting_go_by_the_originals(tx: Session, staff: Staff, original: ItemVersion) -> None:
    translate(tx, staff, original)
    assert [line.newest for line in find_items(tx, staff.author, Search(), limit=5).lines] == [original]
    framework = framework_of(tx, original)
    changed = item_document(stem="What does the city do before anything else?")
    newer = draft_item(tx, framework, changed, language="en", actor=staff.author, now=NOW)
    assert (newer.number, newer.original_id) == (3, None)
    assert [line.newest for line in find_items(tx, staff.author, Search(), limit=5).lines] == [newer]


def test_writing_goes_on_from_the_newest_original(tx: Session, staff: Staff, original: ItemVersion) -> None:
    """A translation, made meanwhile, says nothing that the next version would have to be written on."""
    framework = framework_of(tx, original)
    (draft,) = make_drafts(tx, staff, framework, [item_document(stem="What does the city do at first?")])
    translation = translate(tx, staff, draft)
    later = translate(tx, staff, draft, stem="Какво прави градът първо?")
    assert newest_number(tx, original.item) == draft.number
    assert own_drafts(tx, staff.author, limit=9) == [later, draft]
    changed = item_document(stem="What does the city do before anything else?")
    facts = {"language": "en", "actor": staff.author, "now": NOW}
    with pytest.raises(NewerVersion, match=f"has a version {draft.number}"):
        keep_draft(tx, framework, changed, based_on=translation.number, **facts)
    kept = keep_draft(tx, framework, changed, based_on=draft.number, **facts)
    assert kept.number == later.number + 1
    assert [version_before(tx, version) for version in (kept, later, translation, draft)] == [
        draft,
        translation,
        None,
        original,
    ]


def test_a_translation_is_administered_only_where_its_original_is(
    tx: Session, staff: Staff, original: ItemVersion
) -> None:
    version = translate(tx, staff, original)
    approve(tx, staff, version)
    with pytest.raises(OriginalElsewhere):
        pilot(tx, version, actor=staff.manager, now=NOW)
    move_item(tx, original, target=ItemState.RESTING, reason="A rest.", actor=staff.manager, now=NOW)
    with pytest.raises(OriginalElsewhere):
        release(tx, version, actor=staff.manager, now=NOW)
    release_all(tx, [original, version], actor=staff.manager, now=NOW)
    assert state(tx, version) == ItemState.LIVE


@pytest.mark.parametrize("target", [ItemState.RESTING, ItemState.RETIRED, ItemState.COMPROMISED])
def test_a_translation_goes_where_its_original_goes(
    tx: Session, staff: Staff, original: ItemVersion, target: ItemState
) -> None:
    version = live(tx, staff, original)
    move_item(tx, original, target=target, reason="It has to be.", actor=staff.manager, now=NOW)
    assert state(tx, version) == target


def test_what_is_compromised_in_one_language_is_in_every_language(
    tx: Session, staff: Staff, original: ItemVersion
) -> None:
    version = live(tx, staff, original)
    resting = translate(tx, staff, original, stem="Какво прави градът първо?")
    approve(tx, staff, resting)
    move_item(tx, version, target=ItemState.COMPROMISED, reason="Seen on a forum.", actor=staff.manager, now=NOW)
    assert {state(tx, one) for one in (original, version, resting)} == {ItemState.COMPROMISED}


def test_a_resting_translation_leaves_its_original_alone(tx: Session, staff: Staff, original: ItemVersion) -> None:
    version = live(tx, staff, original)
    move_item(tx, version, target=ItemState.RESTING, reason="A wrong word.", actor=staff.manager, now=NOW)
    assert state(tx, original) == ItemState.LIVE


def test_a_new_live_version_makes_the_translations_of_the_old_one_rest(
    tx: Session, staff: Staff, original: ItemVersion
) -> None:
    version = live(tx, staff, original)
    framework = framework_of(tx, original)
    newer = draft_item(
        tx, framework, item_document(stem="What comes first?"), language="en", actor=staff.author, now=NOW
    )
    approve(tx, staff, newer)
    release(tx, newer, actor=staff.manager, now=NOW)
    assert (state(tx, original), state(tx, version)) == (ItemState.RESTING, ItemState.RESTING)
    found, lacks = live_translations(tx, [newer], "bg")
    assert (found, lacks) == ({}, {newer.id: Lack.OUTDATED})


def test_what_a_language_lacks_is_named(tx: Session, staff: Staff, original: ItemVersion) -> None:
    assert live_translations(tx, [original], "bg") == ({}, {original.id: Lack.MISSING})
    version = translate(tx, staff, original)
    assert live_translations(tx, [original], "bg") == ({}, {original.id: Lack.UNRELEASED})
    approve(tx, staff, version)
    release(tx, version, actor=staff.manager, now=NOW)
    assert live_translations(tx, [original], "bg") == ({original.id: version}, {})
    assert live_translations(tx, [original], "en") == ({original.id: original}, {})
    assert translations_of(tx, original) == [version]


def test_the_database_keeps_one_live_version_of_an_item_in_a_language(
    tx: Session, staff: Staff, original: ItemVersion
) -> None:
    live(tx, staff, original)
    other = translate(tx, staff, original, stem="Какво прави градът първо?")
    approve(tx, staff, other)
    with pytest.raises(IntegrityError), tx.begin_nested():
        tx.get_one(Standing, other.id).state = ItemState.LIVE
        tx.flush()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"key": ["a"]}, "/key/0"),
        ({"scoring": "ecqa"}, "/scoring"),
        ({"options": []}, "/options"),
        ({"stem": " "}, "/stem"),
    ],
)
def test_a_translation_that_asks_something_else_is_refused(
    tx: Session, staff: Staff, original: ItemVersion, changes: dict[str, Any], place: str
) -> None:
    with pytest.raises(Misfit) as refusal:
        translate(tx, staff, original, **changes)
    assert place in {fault.place for fault in refusal.value.faults}


def test_a_translation_is_of_an_original_in_use_into_another_language(
    tx: Session, staff: Staff, original: ItemVersion
) -> None:
    with pytest.raises(NotTranslatable, match="already"):
        translate(tx, staff, original, "en")
    with pytest.raises(Misfit, match="language"):
        translate(tx, staff, original, "Bulgarian")
    version = translate(tx, staff, original)
    with pytest.raises(NotTranslatable, match="this is a translation"):
        translate(tx, staff, version, "de")
    move_item(tx, original, target=ItemState.RETIRED, reason="Out of date.", actor=staff.manager, now=NOW)
    with pytest.raises(NotTranslatable, match="retired"):
        translate(tx, staff, original, "de")


def translations_document(*items: dict[str, Any], **header: Any) -> bytes:
    bank = {"code": "small-bg", "framework": "small-city", "language": "bg", "status": "sample", "notice": "A sample."}
    document = {"format": "exam-engine-item-translations", "format_version": 1, "bank": bank | header}
    return as_bytes(document | {"items": list(items)})


def test_a_document_of_translations_is_previewed_and_taken_in(tx: Session, staff: Staff, original: ItemVersion) -> None:
    framework = framework_of(tx, original)
    item = {"code": original.item.code, **in_bulgarian(original)}
    read = {"file": "bg.json", "actor": staff.author, "now": NOW}
    [version] = import_bank(tx, framework, translations_document(item), **read)
    assert (version.language, version.original_id) == ("bg", original.id)
    assert import_bank(tx, framework, translations_document(item), **read) == []
    wrong = [{**item, "key": ["a"]}, {**item, "code": "nowhere"}]
    with pytest.raises(LossesNotAgreed) as refusal:
        import_bank(tx, framework, translations_document(*wrong), **read)
    assert [(fault.place, fault.message.split()[1]) for fault in refusal.value.faults] == [
        ("bg.json#/items/0", "/key/0"),
        ("bg.json#/items/1", "/code"),
    ]
    with pytest.raises(LossesNotAgreed, match="stands already"):
        import_bank(tx, framework, translations_document(item, item), **read)
    with pytest.raises(LossesNotAgreed, match="is written in 'en' already"):
        import_bank(tx, framework, translations_document(item, language="en"), **read)
    with pytest.raises(NotFound):
        import_bank(tx, framework, translations_document(item), file="x", actor=make_staff(tx).author, now=NOW)


@given(st.sampled_from(sorted(SAMPLES)), st.randoms(use_true_random=False))
def test_words_may_change_and_nothing_else(kind: str, chance: Any) -> None:
    content = SAMPLES[kind].content
    other = copy.deepcopy(dict(content))
    assert misfits(content, _with_other_words(other)) == []
    place = _spoil(other, chance)
    assert place is None or misfits(content, other) != [], place


def _with_other_words(content: Any) -> Any:
    match content:
        case dict():
            return {
                name: member if name == "passage" else "other words" if name in WORDS else _with_other_words(member)
                for name, member in content.items()
            }
        case list():
            return [_with_other_words(member) for member in content]
        case _:
            return content


def _spoil(content: dict[str, Any], chance: Any) -> str | None:
    """Change one member that is no word, and say which."""
    names = sorted(content.keys() - WORDS.keys())
    if not names:
        return None
    name = chance.choice(names)
    content[name] = {"another": "thing"}
    return str(name)
