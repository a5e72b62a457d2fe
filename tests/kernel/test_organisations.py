"""Organisations have one slug each, and a chain from the start."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from kernel.audit import verify_chain
from kernel.errors import Invalid, NotFound
from kernel.organisations import found_organisation, organisation_by_slug, organisation_name
from tests.builders.kernel import NOW, make_organisation


def test_a_body_is_found_by_its_slug(tx: Session) -> None:
    organisation = make_organisation(tx, "sofia-body")
    assert organisation_by_slug(tx, "sofia-body") is organisation
    assert organisation_name(tx, organisation.id) == organisation.name
    assert verify_chain(tx, organisation.id).holds
    with pytest.raises(NotFound):
        organisation_by_slug(tx, "elsewhere")


@pytest.mark.parametrize("slug", ["", "Sofia", "so fia", "sofia/", "софия"])
def test_a_slug_is_plain(tx: Session, slug: str) -> None:
    with pytest.raises(Invalid):
        found_organisation(tx, slug=slug, name="X", now=NOW)


def test_a_slug_is_taken_once(tx: Session) -> None:
    make_organisation(tx, "twice")
    with pytest.raises(Invalid, match="exists already"):
        make_organisation(tx, "twice")


@pytest.mark.parametrize(
    "website", ["sofia.example", "ftp://sofia.example", "https://", "https://so fia", "https://[x"]
)
def test_a_website_is_an_address_on_the_web(tx: Session, website: str) -> None:
    with pytest.raises(Invalid, match="website"):
        found_organisation(tx, slug="sofia", name="Sofia", website=website, now=NOW)
    assert found_organisation(tx, slug="sofia", name="Sofia", website="https://sofia.example/bg", now=NOW).website
