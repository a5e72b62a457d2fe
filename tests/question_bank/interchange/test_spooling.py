"""Spools give back what they were given, on the disk as in memory, and a number for each row is all that stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.interchange import spooling
from question_bank.interchange.judging import Judged
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.interchange.spooling import Spool
from tests.builders.memory import peak_of

texts = st.text(max_size=20)
items = st.dictionaries(texts, st.recursive(st.none() | st.integers() | texts, st.lists, max_leaves=5), max_size=3)
questions = st.lists(st.builds(Judged, texts, texts, texts, items), max_size=8)


@given(questions, st.sets(st.integers(0, 8)), st.sampled_from([1, 100, 10_000]))
def test_a_spool_gives_back_what_it_was_given(given: list[Judged], forgotten: set[int], in_memory: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(spooling, "IN_MEMORY_BYTES_MAX", in_memory)
        spool = Spool[Judged](Judged._make)
    for one in given:
        spool.append(one)
    assert list(spool) == given == spool[:]
    assert [spool[at] for at in range(len(spool))] == given
    spool.forget(forgotten)
    kept = [one for at, one in enumerate(given) if at not in forgotten]
    assert (list(spool), len(spool), spool[1:]) == (kept, len(kept), kept[1:])
    spool.append(Judged("f", "p", "s", {}))
    assert spool[-1].subject == "s"


def test_losses_wait_on_the_disk() -> None:
    report, count, message = LossReport(), 3000, "is said otherwise " * 100

    def lose() -> None:
        for number in range(count):
            report.lose(LossKind.CHANGED, "x.gift", f":{number}", "Q", f"{message}{number}")

    peak = peak_of(lose)
    assert peak < count * len(message) / 2
    assert (report.counts[LossKind.CHANGED], report.losses[-1].message) == (count, f"{message}{count - 1}")
