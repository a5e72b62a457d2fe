"""Issuers: founded once, and only under a name that every certificate can carry."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from certificates.issuers import found_issuer, issuer_of
from kernel.errors import Invalid
from tests.builders.kernel import make_organisation


def test_the_longest_name_an_issuer_may_have_is_taken(tx: Session, now: datetime) -> None:
    organisation = make_organisation(tx)
    assert found_issuer(tx, organisation.id, name="Ш" * 200, website=None, now=now).name == "Ш" * 200


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (" ", "a name with letters is needed"),
        ("x" * 201, "at most 200 characters"),
        ("認證機構", "U+69CB CJK UNIFIED IDEOGRAPH-69CB"),
        ("A" + "\u2e3b" * 199, "no room for it on the certificate"),
    ],
    ids=["empty", "long", "foreign", "wide"],
)
def test_a_name_that_no_certificate_can_carry_founds_no_issuer(
    name: str, told: str, tx: Session, now: datetime
) -> None:
    organisation = make_organisation(tx)
    with pytest.raises(Invalid) as refused:
        found_issuer(tx, organisation.id, name=name, website=None, now=now)
    (fault,) = refused.value.faults
    assert fault.place == "name"
    assert told in fault.message
    assert issuer_of(tx, organisation.id) is None
