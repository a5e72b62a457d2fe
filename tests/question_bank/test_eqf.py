"""EQF descriptors: eight levels, three columns, none said twice."""

from __future__ import annotations

from dataclasses import astuple

from question_bank.eqf import DESCRIPTORS, LEVELS


def test_there_are_eight_levels() -> None:
    assert tuple(DESCRIPTORS) == tuple(LEVELS) == (1, 2, 3, 4, 5, 6, 7, 8)


def test_every_level_says_something_of_its_own_in_every_column() -> None:
    texts = [text for descriptor in DESCRIPTORS.values() for text in astuple(descriptor)]
    assert len(set(texts)) == 24
    assert all(len(text.split()) >= 4 for text in texts)
