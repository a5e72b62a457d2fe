"""Canonical bytes: equal values hash alike, whatever order they were built in."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.canonical import canonical_json, digest, plain

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_the_bytes_are_json_and_stable(value: object) -> None:
    assert json.loads(canonical_json(value)) == plain(value)
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)


def test_order_of_members_does_not_matter() -> None:
    assert digest({"b": 1, "a": [1, 2]}) == digest({"a": [1, 2], "b": 1})
    assert digest([1, 2]) != digest([2, 1])


def test_moments_fractions_and_ids_have_one_spelling() -> None:
    moment = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert canonical_json(moment) == canonical_json(moment.astimezone(UTC)) == b'"2026-11-22T10:00:00.000000Z"'
    assert canonical_json(Fraction(106, 160)) == b'"53/80"'
    assert canonical_json(uuid.UUID(int=1)) == b'"00000000-0000-0000-0000-000000000001"'


def test_text_is_utf8_as_is() -> None:
    assert canonical_json("Ștefan") == '"Ștefan"'.encode()


@pytest.mark.parametrize("value", [0.1, float("nan"), datetime(2026, 1, 1), {1: 2}, {"a": {1, 2}}, b"x"])  # noqa: DTZ001
def test_what_has_no_single_spelling_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)
