"""Loading the sample: framework and bank in one go, live after two persons' work, marked as a sample throughout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kernel.audit import AuditEntry, verify_chain
from kernel.storage import Storage, open_storage
from question_bank.competences import Framework, role_cells
from question_bank.eqf import LEVELS
from question_bank.item_kinds import MARKED_BY_PEOPLE, CreditTable, kind_named
from question_bank.items import EnemyPair, ItemReview, ItemVersion, Standing, StandingChange
from question_bank.marked_text import Shape, shown
from question_bank.media import ItemMedium, Medium, store_file
from question_bank.pool import live_pool
from question_bank.sample import load_sample, sample_answers, sample_framework, sample_pictures
from tests.builders.kernel import NOW
from tests.builders.question_bank import Staff, make_staff
from tests.builders.sample_bank import ITEMS, JUDGED, codes
from tests.conftest import DIALECTS, RolledBack

pytestmark = pytest.mark.xdist_group("sample")


@dataclass
class Loaded:
    """The sample as one body loaded it, and what was told meanwhile."""

    tx: Session
    storage: Storage
    staff: Staff
    framework: Framework
    told: list[str]

    def again(self) -> Framework:
        return _loading(self.tx, self.storage, self.staff, self.told.append)


def _loading(tx: Session, storage: Storage, staff: Staff, progress: Callable[[str], None]) -> Framework:
    people = {"author": staff.author, "reviewer": staff.reviewer, "manager": staff.manager}
    return load_sample(tx, staff.organisation.id, storage=storage, now=NOW, progress=progress, **people)


@pytest.fixture(scope="module", params=DIALECTS)
def loaded(
    request: pytest.FixtureRequest, rolled_back: RolledBack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """One loading for all tests of this module: it takes seconds, and none of them changes what it left."""
    storage = open_storage(tmp_path_factory.mktemp("storage").as_uri())
    told: list[str] = []
    with rolled_back(request.param) as tx:
        staff = make_staff(tx)
        yield Loaded(tx, storage, staff, _loading(tx, storage, staff, told.append), told)


def test_the_sample_framework_is_the_documented_one(loaded: Loaded) -> None:
    framework = loaded.framework
    assert framework.status == "sample"
    assert "not endorsed" in framework.notice
    assert len(framework.areas) == 8
    assert [len(area.competences) for area in framework.areas] == [5] * 8
    assert [role.code for role in framework.job_roles] == ["SCPD", "SCPM", "SCMC"]
    for role in framework.job_roles:
        cells = role_cells(loaded.tx, role)
        assert len(cells) == 40
        assert {cell.level for cell in cells} <= {4, 5, 6} < set(LEVELS)
    assert framework.document == sample_framework()
    assert all(2 <= len(competence.criteria) <= 4 for area in framework.areas for competence in area.competences)
    assert all(3 <= len(role.tasks) <= 5 for role in framework.job_roles)


def test_every_item_is_live_after_two_persons_work(loaded: Loaded) -> None:
    tx, staff = loaded.tx, loaded.staff
    versions = tx.scalars(select(ItemVersion)).all()
    assert {version.author_id for version in versions} == {staff.author.account_id}
    assert set(tx.scalars(select(Standing.state))) == {"live"}
    reviews = tx.scalars(select(ItemReview)).all()
    assert {review.version_id for review in reviews} == {version.id for version in versions}
    assert {review.reviewer_id for review in reviews} == {staff.reviewer.account_id}
    changes = tx.scalars(select(func.count()).select_from(StandingChange)).one()
    assert changes == 4 * len(versions)
    originals = [version for version in versions if version.original_id is None]
    # Rules that say nothing of marking have no items in their forms that people mark.
    assert len(live_pool(tx, loaded.framework, staff.organisation.id).items) == len(originals) - len(JUDGED)
    assert {version.language for version in versions} - {version.language for version in originals} == {"de"}


def test_the_audit_log_tells_it_in_a_few_entries(loaded: Loaded) -> None:
    tx, body = loaded.tx, loaded.staff.organisation.id
    entries = tx.scalars(
        select(AuditEntry).where(AuditEntry.organisation_id == body, AuditEntry.actor_id.is_not(None))
    ).all()
    assert len(entries) == 1 + 8 + 4 * 9 + 4 * 8
    named = [id_ for entry in entries if entry.action == "item.release" for id_ in entry.details["versions"]]
    assert sorted(named) == sorted(str(id_) for id_ in tx.scalars(select(ItemVersion.id)))
    assert verify_chain(tx, body).holds


def test_progress_is_told_document_by_document_and_loading_again_changes_nothing(loaded: Loaded) -> None:
    originals, translations = ([f"A{area}{suffix}.json" for area in range(1, 9)] for suffix in ("", ".de"))
    told = ["framework.json", *originals, "judged.json", *translations]
    assert [line.partition(":")[0] for line in loaded.told] == told
    tables = (Framework, ItemVersion, StandingChange, ItemReview, EnemyPair, Medium, AuditEntry)

    def counts() -> list[int]:
        return [loaded.tx.scalars(select(func.count()).select_from(table)).one() for table in tables]

    before = counts()
    assert loaded.again() is loaded.framework
    assert counts() == before


def test_every_picture_is_kept_as_it_is_and_shown_by_an_item(loaded: Loaded) -> None:
    media = {medium.sha256: medium for medium in loaded.tx.scalars(select(Medium))}
    named = set(loaded.tx.scalars(select(ItemMedium.medium_id)))
    for file in sample_pictures():
        content = file.read_bytes()
        medium = media.pop(store_file(loaded.storage, content).sha256)  # coded anew it is the same, as any upload
        assert loaded.storage.get(medium.sha256) == content
        assert medium.id in named
        assert medium.description
    assert media == {}


def test_enemies_are_enemies_of_each_other(loaded: Loaded) -> None:
    pool = live_pool(loaded.tx, loaded.framework, loaded.staff.organisation.id)
    assert [item.code for item in pool.items] == sorted(codes(ITEMS))
    assert pool.enemies == {frozenset({item["code"], enemy}) for item in ITEMS for enemy in item["enemies"]}


def test_who_has_studied_the_answers_is_right_everywhere(loaded: Loaded) -> None:
    answers = sample_answers()
    with_a_key = ItemVersion.kind.not_in(MARKED_BY_PEOPLE)
    for version in loaded.tx.scalars(select(ItemVersion).where(with_a_key)):
        answer = answers[shown(version.content["stem"], Shape.BLOCKS)]
        assert kind_named(version.kind).mark(version.content, answer, CreditTable.EXACT).fraction == 1
