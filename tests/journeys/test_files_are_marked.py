"""An exam with files: sent, handed in, downloaded by two who mark them without a name, settled by a third, scored."""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy import select

from exam_engine.demo.stage import CANDIDATE, MANAGER, MARKER
from exam_engine.scoring.results import Result
from kernel.canonical import digest
from question_bank.item_kinds import KINDS
from tests.builders.samples import COUNTS, PHOTO, SAMPLES, SENT
from tests.builders.scripts import BEST, BETTER, WORST
from tests.exam_engine.http.web.visitor import Visitor
from tests.journeys.acts import SAMPLE_CONTENTS, ask_every_kind, grant, hand_in, seated
from tests.journeys.test_an_essay_is_marked import assert_nothing_was_rewritten, give, more_markers, result_of, waits
from tests.proofs import worked_again
from tests.stage import Site

ASKED = {kind: SAMPLE_CONTENTS[kind] for kind in ("single_choice", "upload", "numeric")}
FILES = SAMPLES["upload"].right["files"]


def test_files_are_handed_in_marked_without_a_name_and_worked_out_again(site: Site) -> None:
    seat = seated(ask_every_kind(site, ASKED))
    slot = next(slot["slot"] for slot in seat.paper() if slot["kind"] == "upload")
    for place in seat.paper():
        assert seat.respond(place["slot"], 0, SAMPLES[place["kind"]].right).status_code == 200
    receipt = hand_in(seat)
    assert receipt["files"] == [{"slot": slot, "files": FILES}]
    (covered,) = [row["sha256"] for row in receipt["responses"] if row["slot"] == slot]
    assert digest({"files": receipt["files"][0]["files"]}) == covered, "the receipt covers the hash of what is kept"
    shown = Visitor.at(site, CANDIDATE).get(f"/my/attempts/{seat.attempt_id}/receipt").text
    assert [file["hash"] for file in FILES if file["hash"] not in shown] == []
    site.people[MANAGER].post(f"/sittings/{seat.sitting_id}/closing")
    site.clock.turn(minutes=1)
    site.work()

    one, other, third = markers = [site.people[MARKER], *more_markers(site)]
    (script,) = one.all("/scripts")
    sight = one.ask("GET", f"/scripts/{script['id']}")
    assert sight.json()["response"]["files"] == [
        {"number": 1, "name": "file-1.png", "media_type": "image/png", "bytes": PHOTO[0]["bytes"]},
        {"number": 2, "name": "file-2.csv", "media_type": "text/csv", "bytes": len(COUNTS[1])},
    ]
    for marker in markers:
        reply = marker.ask("GET", f"/scripts/{script['id']}/files/2")
        assert (reply.status_code, reply.content) == (200, COUNTS[1])
        assert reply.headers["content-disposition"] == f"attachment; filename*=UTF-8''{script['number']}-file-2.csv"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-security-policy"].startswith("sandbox")
        for number in ("0", "3", "-1"):
            assert marker.refused("GET", f"/scripts/{script['id']}/files/{number}")["code"] == "not_found"
    page = Visitor.at(site, MARKER).get(f"/marking/{script['id']}")
    for text in (sight.text, page.reply.text):
        told = [secret for file in FILES for secret in (file["name"], file["hash"]) if secret in text]
        assert told == [], "neither a name of theirs nor a hash that they could tell"
    assert f"/api/v1/scripts/{script['id']}/files/1" in page.hrefs()

    give(one, WORST)
    give(other, BEST)
    give(third, BETTER)
    assert one.refused("GET", f"/scripts/{script['id']}/files/1")["code"] == "already_marked"
    site.work()
    result = result_of(seat)
    assert result["score"] == "5/6", "two right answers, and half of the files"
    with site.installation.database.reading() as tx:
        for row in tx.scalars(select(Result)).one().marks:
            proof = {name: value for name, value in row["proof"].items() if name != "content_hash"}
            assert worked_again(proof) == Fraction(row["fraction"])
    assert not waits(site)
    assert grant(seat, result)["code"]
    assert_nothing_was_rewritten(site)


def test_samples_name_what_is_sent() -> None:
    assert {file["hash"] for file in FILES} <= SENT.keys()
    assert KINDS["upload"].read_response(KINDS["upload"].arrange(SAMPLE_CONTENTS["upload"], list), {"files": FILES})
