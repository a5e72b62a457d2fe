"""Losses: what maps exactly is what was taken and is named by no loss, whatever was noted in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from question_bank.interchange.losses import LOSSES_TOLD_MAX, Loss, LossKind, LossReport

SUBJECTS = st.sampled_from(["A.1", "A.2", "B.1", "B.2"])
LOSSES = st.builds(Loss, st.sampled_from(LossKind), st.just("x.json"), st.just("#/a"), SUBJECTS, st.text())


@given(st.lists(SUBJECTS), st.lists(LOSSES))
def test_only_what_no_loss_names_is_exact(taken: list[str], losses: list[Loss]) -> None:
    report = LossReport()
    for subject in taken:
        report.take(subject)
    for loss in losses:
        report.lose(loss.kind, loss.file, loss.place, loss.subject, loss.message)
    assert set(report.exact) == set(taken) - {loss.subject for loss in losses}
    assert list(report.losses) == losses
    assert sorted(len(report.of_kind(kind)) for kind in LossKind) == sorted(report.as_json()["counts"].values())


def test_a_loss_is_told_with_file_place_and_subject() -> None:
    report = LossReport()
    report.lose(LossKind.REFUSED, "bank.gift", ":42", "Q7", "this kind of item is not known here")
    assert str(report.losses[0]) == "bank.gift:42: Q7: this kind of item is not known here"
    assert report.as_json() == {
        "exact": 0,
        "counts": {"changed": 0, "extension": 0, "open": 0, "supplied": 0, "refused": 1},
        "losses": [
            {
                "kind": "refused",
                "file": "bank.gift",
                "place": ":42",
                "subject": "Q7",
                "message": "this kind of item is not known here",
            }
        ],
    }


def test_a_report_tells_so_many_losses_and_counts_all() -> None:
    report = LossReport()
    for number in range(LOSSES_TOLD_MAX + 5):
        report.lose(LossKind.CHANGED, "x.csv", f":{number}", f"Q{number}", "is shortened")
    told = report.as_json()
    assert len(told["losses"]) == LOSSES_TOLD_MAX
    assert told["counts"]["changed"] == LOSSES_TOLD_MAX + 5
    assert [loss.subject for loss in report.of_kind(LossKind.CHANGED, 2)] == ["Q0", "Q1"]
    assert report.of_kind(LossKind.REFUSED) == []
