"""A form that holds an item of every kind: sat rightly, wrongly and partly, and every mark worked out again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from exam_engine.scoring.results import Result
from kernel.canonical import digest
from question_bank.item_kinds import KINDS, CreditTable
from question_bank.items import content_hash
from tests.builders.samples import SAMPLES, Sample
from tests.journeys.acts import KEYED_CONTENTS, Seat, ask_every_kind, close_and_score, hand_in, seated
from tests.proofs import worked_again
from tests.stage import Site

Respond = Callable[[Sample], dict[str, Any]]
PARTLY = {kind: SAMPLES[kind].partly[1] for kind in KEYED_CONTENTS}


def sit(site: Site, respond: Respond) -> tuple[Seat, dict[str, Any], dict[str, Any]]:
    """Answer every slot once, hand in and be scored: the seat, the receipt and the result."""
    seat = seated(site)
    slots = seat.paper()
    assert sorted(slot["kind"] for slot in slots) == sorted(KEYED_CONTENTS)
    for slot in slots:
        reply = seat.respond(slot["slot"], 0, respond(SAMPLES[slot["kind"]]))
        assert reply.status_code == 200, reply.text
        assert reply.json()["sha256"] == digest(canonical(slot["kind"], respond(SAMPLES[slot["kind"]])))
    for slot in seat.paper():
        assert slot["response"] == canonical(slot["kind"], respond(SAMPLES[slot["kind"]]))
    return seat, hand_in(seat), close_and_score(seat)


def canonical(kind: str, response: dict[str, Any]) -> dict[str, Any]:
    return KINDS[kind].read_response(KINDS[kind].arrange(SAMPLES[kind].content, list), response)


def proofs(site: Site, seat: Seat, result: dict[str, Any]) -> dict[str, tuple[Fraction, dict[str, Any]]]:
    """Fraction and proof by kind, as they are stored."""
    kinds = {content_hash(kind, "en", sample.content): kind for kind, sample in SAMPLES.items()}
    with site.installation.database.transaction() as tx:
        marks = tx.scalars(select(Result.marks).where(Result.id == uuid.UUID(result["id"]))).one()
    found = {kinds[mark["proof"].pop("content_hash")]: (Fraction(mark["fraction"]), mark["proof"]) for mark in marks}
    assert len(found) == len(marks) == len(KEYED_CONTENTS)
    return found


def test_every_kind_with_a_key_is_sat_and_marked_exactly(site: Site) -> None:
    ask_every_kind(site, KEYED_CONTENTS)
    ways: list[tuple[Respond, dict[str, Fraction], str, bool]] = [
        (lambda sample: sample.right, dict.fromkeys(KEYED_CONTENTS, Fraction(1)), "1", True),
        (lambda sample: sample.wrong, dict.fromkeys(KEYED_CONTENTS, Fraction(0)), "0", False),
        (lambda sample: sample.partly[0], PARTLY, "11/30", False),
    ]
    for respond, worth, score, passed in ways:
        seat, receipt, result = sit(site, respond)
        assert receipt["answered_count"] == sum(
            bool(canonical(kind, respond(SAMPLES[kind]))) for kind in KEYED_CONTENTS
        )
        assert (result["score"], result["item_count"], result["passed"]) == (score, len(KEYED_CONTENTS), passed)
        for kind, (fraction, proof) in proofs(site, seat, result).items():
            mark = KINDS[kind].mark(SAMPLES[kind].content, respond(SAMPLES[kind]), CreditTable.EXACT)
            assert proof == mark.proof
            assert fraction == worth[kind] == worked_again(proof) == Fraction(proof["fraction"])
        assert seat.caller.get(f"/attempts/{seat.attempt_id}/result")["score"] == score


def test_an_answer_of_another_kind_is_refused_and_nothing_is_saved(site: Site) -> None:
    seat = seated(ask_every_kind(site))
    slots = seat.paper()
    for slot in slots:
        for kind, sample in SAMPLES.items():
            if sample.right.keys() != SAMPLES[slot["kind"]].right.keys():
                refused = seat.caller.respond(seat.attempt_id, slot["slot"], 0, sample.right, token=seat.exam_token)
                assert (refused.status_code, refused.json()["code"]) == (422, "foreign_response"), (slot["kind"], kind)
                assert refused.json()["faults"][0]["place"] == "response"
    assert seat.paper() == slots


def test_control_characters_are_refused_where_they_are_typed(site: Site) -> None:
    seat = seated(ask_every_kind(site))
    slots = {slot["kind"]: slot["slot"] for slot in seat.paper()}
    for kind, response, place in (
        ("short_text", {"text": "nul \0"}, "response/text"),
        ("gap_text", {"filled": {"1": "bell \a"}}, "response/filled/1"),
    ):
        refused = seat.respond(slots[kind], 0, response)
        assert refused.status_code == 422
        assert [fault["place"] for fault in refused.json()["faults"]] == [place]
