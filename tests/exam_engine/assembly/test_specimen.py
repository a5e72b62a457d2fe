"""The specimen: a scheme whose certificates could not be printed is not published; whatever is, prints for everybody."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from certificates.awards import AreaAttainment
from certificates.document import draw_checked
from exam_engine.assembly.schemes import SchemeState, publish_scheme
from exam_engine.assembly.specimen import UnprintableScheme, refuse_unprintable
from question_bank.competences import RoleCell
from question_bank.sample import sample_framework
from tests.builders.assembly import Bank, make_bank, make_draft
from tests.builders.certificates import PUBLIC_URL, make_snapshot
from tests.builders.kernel import NOW
from tests.certificates.test_names import LONGEST

CERTIFIED: dict[str, Any] = {
    "title": "Smart City Project Developer",
    "job_role": "SCPD",
    "scheme": "Smart city roles",
    "scheme_version": "1",
    "framework": "Smart city project roles, version 0.2",
    "language": "en",
    "sample": True,
}


def cells(*names: str) -> list[RoleCell]:
    return [RoleCell(f"A{index}", name, f"A{index}.1", "A competence", 5) for index, name in enumerate(names)]


def refused(profile: list[RoleCell], **changes: Any) -> dict[str, str]:
    """The faults of a scheme that is refused, by their places."""
    with pytest.raises(UnprintableScheme) as refusal:
        refuse_unprintable({**CERTIFIED, **changes}, profile, issuer_name="Body")
    return {fault.place: fault.message for fault in refusal.value.faults}


@pytest.mark.parametrize("role", [role["code"] for role in sample_framework()["roles"]])
def test_every_role_of_the_sample_prints_even_for_a_body_with_the_longest_name(role: str) -> None:
    framework = sample_framework()
    names = {area["code"]: area["name"] for area in framework["areas"]}
    profile = [
        RoleCell(found["area"], names[found["area"]], found["code"], found["name"], found["eqf"][role])
        for found in framework["competences"]
        if role in found["eqf"]
    ]
    about = framework["framework"]
    (title,) = (found["name"] for found in framework["roles"] if found["code"] == role)
    facts = {"title": title, "job_role": role, "framework": f"{about['title']}, version {about['version']}"}
    refuse_unprintable({**CERTIFIED, **facts}, profile, issuer_name="Ш" * 200)


@pytest.mark.parametrize(
    ("changes", "place", "told"),
    [
        ({"title": "W" * 301}, "/certificate/title", "1 to 300 characters"),
        ({"scheme": "智慧城市"}, "/certificate/scheme", "U+6167"),
        ({"title": "Developer at EQF level 6"}, "/certificate/title", "European Qualifications Framework"),
        ({"framework": "ЕКР 6, version 1"}, "/certificate/framework", "European Qualifications Framework"),  # noqa: RUF001
    ],
)
def test_a_text_that_cannot_stand_on_a_certificate_is_named(changes: dict[str, str], place: str, told: str) -> None:
    assert told in refused(cells("Strategy"), **changes)[place]


def test_an_area_that_claims_a_level_is_named() -> None:
    assert list(refused(cells("Strategy", "Data (EQF 5)"))) == ["/certificate/areas/1/name"]


def test_more_than_a_page_is_refused() -> None:
    assert list(refused(cells(*["Business models, finance and procurement"] * 100))) == ["/certificate/areas"]


words = st.text(st.sampled_from("WЩΩàbcdefg"), min_size=1, max_size=30)
phrases = st.lists(words, min_size=1, max_size=12).map(lambda found: " ".join(found)[:300].strip())


@settings(max_examples=60, deadline=None)
@given(
    title=phrases,
    scheme=phrases,
    framework=phrases,
    names=st.lists(phrases, min_size=1, max_size=24),
    levels=st.lists(st.sampled_from([None, *range(1, 9)]), min_size=24, max_size=24),
    holder=st.sampled_from(["Bo Li", *LONGEST]),
)
def test_what_passes_prints_whoever_holds_it_and_whatever_was_attained(
    title: str, scheme: str, framework: str, names: list[str], levels: list[int | None], holder: str
) -> None:
    texts = {"title": title, "scheme": scheme, "framework": framework}
    try:
        refuse_unprintable({**CERTIFIED, **texts}, cells(*names), issuer_name="Body")
    except UnprintableScheme:
        return
    areas = [AreaAttainment(f"A{index}", name, levels[index], "") for index, name in enumerate(names)]
    listed = [{"code": area.code, "name": area.name, "level": area.level} for area in areas]
    dates = {"decided_on": date(2026, 9, 22).isoformat(), "valid_until": date(2029, 9, 22).isoformat()}
    checked = "admitted by a proctor, identity checked: residence permit"
    snapshot = make_snapshot(**texts, areas=listed, holder={"name": holder}, supervision=checked, sample=True, **dates)
    draw_checked(snapshot, PUBLIC_URL)


def test_a_scheme_that_could_not_be_printed_stays_a_draft(tx: Session) -> None:
    bank: Bank = make_bank(tx, items=[])
    version = make_draft(tx, bank, title="Developer, level 6 of the European Qualifications Framework")
    with pytest.raises(UnprintableScheme, match="the scheme cannot be published: this award cannot be certified"):
        publish_scheme(tx, version, actor=bank.staff.manager, now=NOW)
    assert version.state == SchemeState.DRAFT
