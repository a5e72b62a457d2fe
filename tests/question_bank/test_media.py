"""Media: added once, named by items, found by nobody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry
from kernel.errors import NotFound
from kernel.storage import open_storage
from question_bank.interchange.importing import LossesNotAgreed
from question_bank.media import (
    InvalidLabel,
    ItemMedium,
    Medium,
    Reference,
    StoredFile,
    add_medium,
    media_named,
    media_page,
    medium_for,
    references_in,
    store_file,
)
from question_bank.uploads import UploadRefused
from tests.builders.files import png
from tests.builders.kernel import NOW
from tests.builders.question_bank import Staff, item_document, make_drafts, make_framework, make_staff

HASH = "0123456789abcdef" * 4
PICTURE = StoredFile(HASH, "image/png", 1000, width=600, height=400)


def add(tx: Session, staff: Staff, stored: StoredFile = PICTURE, **label: str) -> Medium:
    labels = {"file_name": "plan.png", "description": "", **label}
    return add_medium(tx, stored, **labels, actor=staff.author, now=NOW)


def test_a_stored_file_is_what_its_bytes_are(tmp_path: Path) -> None:
    storage = open_storage(tmp_path.as_uri())
    stored = store_file(storage, png(60, 40))
    assert (stored.media_type, stored.width, stored.height) == ("image/png", 60, 40)
    assert len(storage.get(stored.sha256)) == stored.byte_size
    assert store_file(storage, storage.get(stored.sha256)) == stored


def test_a_refused_file_is_not_stored(tmp_path: Path) -> None:
    with pytest.raises(UploadRefused):
        store_file(open_storage(tmp_path.as_uri()), b"<svg/>")
    assert list(tmp_path.iterdir()) == []


def test_the_same_file_is_added_once(tx: Session) -> None:
    staff = make_staff(tx)
    medium = add(tx, staff, description="A plan of the crossing.")
    again = add(tx, staff, file_name="copy.png")
    assert again is medium
    assert (again.file_name, again.description) == ("plan.png", "A plan of the crossing.")
    entries = tx.scalars(select(AuditEntry).where(AuditEntry.action == "medium.add")).all()
    assert [entry.details["sha256"] for entry in entries] == [HASH]


@pytest.mark.parametrize("label", [{"file_name": "x" * 201}, {"description": "y" * 1001}, {"file_name": "a\0b"}])
def test_labels_that_cannot_be_kept_are_refused(tx: Session, label: dict[str, str]) -> None:
    with pytest.raises(InvalidLabel):
        add(tx, make_staff(tx), **label)


def test_another_body_finds_nothing(tx: Session) -> None:
    staff, strangers = make_staff(tx), make_staff(tx)
    add(tx, staff)
    assert medium_for(tx, staff.reviewer, HASH).width == 600
    for name in (HASH, "../../etc/passwd", "", HASH.upper()):
        with pytest.raises(NotFound):
            medium_for(tx, strangers.reviewer, name)
    assert media_named(tx, strangers.organisation.id, [HASH]) == {}
    assert add(tx, strangers).id != medium_for(tx, staff.author, HASH).id


def test_media_are_listed_in_pages_the_newest_first(tx: Session) -> None:
    staff = make_staff(tx)
    added = [add(tx, staff, StoredFile(f"{number:064x}", "application/pdf", 9)) for number in range(5)]
    first = media_page(tx, staff.author, after=None, limit=3)
    rest = media_page(tx, staff.author, after=first[-1].id, limit=3)
    assert {medium.id for medium in first + rest} == {medium.id for medium in added}
    assert len(first + rest) == 5
    with pytest.raises(NotFound):
        media_page(tx, make_staff(tx).author, after=first[-1].id, limit=3)


def test_more_hashes_than_one_question_can_hold_are_found(tx: Session) -> None:
    staff = make_staff(tx)
    add(tx, staff)
    assert media_named(tx, staff.organisation.id, [f"{number:064x}" for number in range(1200)] + [HASH]).keys() == {
        HASH
    }


# References


def picture(**changes: Any) -> dict[str, Any]:
    return {"media": f"media:{HASH}.png", "width": 600, "height": 400, **changes}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"stem": f"Look: ![A plan](media:{HASH}.png)."}, [Reference("/stem", HASH, "png")]),
        (
            {"options": [{"text": f"media:{HASH}.png and media:{HASH}.png"}]},
            [Reference("/options/0/text", HASH, "png")] * 2,
        ),
        ({"picture": picture()}, [Reference("/picture/media", HASH, "png", (600, 400))]),
        ({"stem": "Social media: an overview", "x": f"media:{HASH}0.png"}, []),
        ({"stem": f"media:{HASH.upper()}.png"}, []),
        ({"stem": f"media:{HASH[:-1]}.png"}, []),
    ],
)
def test_references_are_found_wherever_they_stand(content: Any, found: list[Reference]) -> None:
    assert list(references_in(content)) == found


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_anything_can_be_looked_through(content: Any) -> None:
    assert list(references_in(content)) == []


def test_nothing_is_so_deep_that_looking_fails() -> None:
    deep: Any = f"media:{HASH}.png"
    for _ in range(5000):
        deep = [deep]
    assert list(references_in(deep)) == []


def test_an_item_is_linked_with_what_it_names(tx: Session) -> None:
    staff = make_staff(tx)
    medium = add(tx, staff)
    text = f"Which way?\n\n![A plan](media:{HASH}.png)\n\n![Again](media:{HASH}.png)"
    plain, illustrated = make_drafts(
        tx, staff, make_framework(tx, staff), [item_document("A-1"), item_document("A-2", stem=text)]
    )
    links = tx.scalars(select(ItemMedium)).all()
    assert [(link.version_id, link.medium_id) for link in links] == [(illustrated.id, medium.id)]
    assert plain.id != illustrated.id


def test_an_item_that_names_what_is_not_there_is_refused_with_its_place(tx: Session) -> None:
    staff, strangers = make_staff(tx), make_staff(tx)
    add(tx, strangers)
    with pytest.raises(LossesNotAgreed) as refusal:
        make_drafts(tx, staff, make_framework(tx, staff), [item_document(stem=f"![A plan](media:{HASH}.png)")])
    (fault,) = refusal.value.faults
    assert fault.place == "items.json#/items/0"
    assert "/stem there is no medium 0123456789ab...; upload it first" in fault.message
