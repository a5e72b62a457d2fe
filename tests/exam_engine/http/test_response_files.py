"""Files as answers over HTTP: kept before they are acknowledged, read by few, and named by no other answer."""

from __future__ import annotations

import hashlib
import zlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from exam_engine.delivery import response_files
from exam_engine.delivery.response_files import ResponseFile
from exam_engine.demo.stage import AUTHOR, MANAGER, SIMULATED
from exam_engine.http.api import response_files as api
from exam_engine.http.api.response_files import FILES_PER_MINUTE
from kernel.db import Database
from kernel.storage import ObjectStorage
from tests.builders.files import jpeg, pdf, png
from tests.builders.samples import COUNTS, PHOTO, SAMPLES, SENT
from tests.journeys.acts import Seat, admit, arrive, ask_every_kind, book, hand_in, seated, start
from tests.stage import Site

LIMIT = timedelta(hours=1)
NAMED, CONTENT = COUNTS
OTHER = b"hour,bikes\n10,4\n"


def asked() -> dict[str, Any]:
    """Two questions that take files, one that does not."""
    upload = SAMPLES["upload"].content
    return {
        "upload": upload,
        "other upload": upload | {"stem": "And what comes second?"},
        "essay": SAMPLES["essay"].content,
    }


@pytest.fixture
def seat(site: Site) -> Seat:
    return seated(ask_every_kind(site, asked()))


def slots(seat: Seat) -> list[int]:
    return [slot["slot"] for slot in seat.paper() if slot["kind"] == "upload"]


def sent(seat: Seat, slot: int, content: bytes = CONTENT, name: str = "counts.csv") -> dict[str, Any]:
    reply = seat.send(slot, content, name)
    assert reply.status_code == 201, reply.text
    told: dict[str, Any] = reply.json()
    return told


def refused(seat: Seat, slot: int, content: Any = CONTENT, name: str = "") -> tuple[int, str]:
    problem = seat.send(slot, content, name).json()
    return problem["status"], problem["code"]


def save(seat: Seat, slot: int, base: int, *files: Any) -> Any:
    return seat.caller.respond(seat.attempt_id, slot, base, {"files": list(files)}, token=seat.exam_token)


def fetch(seat: Seat, slot: int, sha256: str) -> Any:
    return seat.caller.ask("GET", f"/attempts/{seat.attempt_id}/slots/{slot}/files/{sha256}")


def rows(site: Site) -> int:
    with site.installation.database.reading() as tx:
        return len(tx.scalars(select(ResponseFile)).all())


def test_a_file_is_kept_before_it_is_told_and_counts_once_a_response_names_it(
    seat: Seat, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = slots(seat)[0]
    told = sent(seat, slot)
    assert told["file"] == NAMED
    assert told["is_as_sent"]
    assert told["sent_sha256"] == hashlib.sha256(CONTENT).hexdigest() == NAMED["hash"]
    assert site.installation.storage.get(NAMED["hash"]) == CONTENT
    assert next(place for place in seat.paper() if place["slot"] == slot)["response"] == {}, "nobody has saved it"
    assert save(seat, slot, 0, told["file"]).status_code == 200
    assert next(place for place in seat.paper() if place["slot"] == slot)["response"] == {"files": [NAMED]}
    assert sent(seat, slot, name="another name.csv") == told, "sending it again adds nothing"
    assert rows(site) == 1
    for file in SAMPLES["upload"].right["files"]:
        assert sent(seat, slot, SENT[file["hash"]], file["name"])["file"] == file

    # What is kept says nothing beside what is shown, and its sender is told.
    slot = slots(seat)[1]
    told = sent(seat, slot, png(comment="Eva Popova, Sofia"), "C:\\Users\\eva\\plan.png")
    assert told["file"] | {"hash": "", "bytes": 0} == {
        "hash": "",
        "name": "plan.png",
        "media_type": "image/png",
        "bytes": 0,
    }
    assert not told["is_as_sent"]
    assert told["sent_sha256"] == hashlib.sha256(png(comment="Eva Popova, Sofia")).hexdigest()
    monkeypatch.delattr(ObjectStorage, "get")  # never whole in the memory
    kept = fetch(seat, slot, told["file"]["hash"])
    assert kept.headers["content-length"] == str(len(kept.content)) == str(told["file"]["bytes"])
    monkeypatch.undo()
    assert hashlib.sha256(kept.content).hexdigest() == told["file"]["hash"]
    assert b"Eva" not in kept.content
    assert kept.headers["content-disposition"] == "attachment; filename*=UTF-8''plan.png"
    assert kept.headers["content-security-policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert (kept.headers["x-content-type-options"], kept.headers["cache-control"]) == ("nosniff", "no-store")

    # Damaged bytes are not shown; sending them again mends them.
    slot = slots(seat)[0]
    folder = site.installation.settings.data_dir / "storage"
    (path,) = (path for path in folder.rglob(NAMED["hash"]) if path.is_file())
    path.write_bytes(b"something else")
    assert fetch(seat, slot, NAMED["hash"]).json()["code"] == "storage_damaged"
    sent(seat, slot)
    assert fetch(seat, slot, NAMED["hash"]).content == CONTENT


def test_nobody_else_reads_it_or_names_it(seat: Seat, site: Site) -> None:
    one, other = slots(seat)
    sent(seat, one)
    sha256 = NAMED["hash"]
    assert fetch(seat, other, sha256).status_code == 404
    neighbour = start(admit(arrive(book(site, SIMULATED, title="Another"))))
    theirs = slots(neighbour)[0]
    assert fetch(neighbour, theirs, sha256).status_code == 404
    stranger = neighbour.caller.ask("GET", f"/attempts/{seat.attempt_id}/slots/{one}/files/{sha256}")
    assert stranger.status_code == 404
    for person in (AUTHOR, MANAGER):
        caller = site.people[person]
        assert caller.ask("GET", f"/attempts/{seat.attempt_id}/slots/{one}/files/{sha256}").status_code == 403
        assert caller.ask("GET", f"/media/{sha256}/content").status_code == 404, "it is no medium of the bank"
    assert seat.caller.ask("GET", f"/attempts/{seat.attempt_id}/media/{sha256}").status_code == 404
    sent(neighbour, theirs, OTHER)
    other_hash = hashlib.sha256(OTHER).hexdigest()
    of_neighbour = NAMED | {"hash": other_hash, "bytes": len(OTHER)}
    for slot, file in (
        (other, NAMED),
        (one, of_neighbour),
        (one, NAMED | {"name": "Another.csv"}),
        (one, NAMED | {"bytes": 5}),
        (one, NAMED | {"hash": PHOTO[0]["hash"]}),
    ):
        problem = save(seat, slot, 0, file).json()
        assert (problem["status"], problem["code"]) == (422, "foreign_response")
        assert [fault["place"] for fault in problem["faults"]] == ["response/files/0"]
    assert save(seat, one, 0, NAMED, of_neighbour).json()["faults"][0]["place"] == "response/files/1"
    assert save(seat, one, 0, NAMED).status_code == 200
    assert save(seat, one, 1).json()["revision"] == 2, "taken back"
    hand_in(seat)
    assert fetch(seat, one, sha256).json()["code"] == "paper_sealed"


def test_files_are_taken_while_saves_are(seat: Seat, site: Site) -> None:
    slot = slots(seat)[0]
    essay = next(place["slot"] for place in seat.paper() if place["kind"] == "essay")
    assert refused(seat, essay) == (422, "foreign_response")
    assert refused(seat, 99) == (422, "foreign_response")
    site.clock.turn(seconds=LIMIT.total_seconds() + 5)
    sent(seat, slot)
    site.clock.turn(seconds=1)
    assert refused(seat, slot) == (409, "too_late"), "sent before or not"
    assert refused(seat, slot, OTHER) == (409, "too_late")
    assert save(seat, slot, 0, NAMED).json()["code"] == "too_late"
    site.work()
    assert refused(seat, slot) == (409, "attempt_closed")
    waiting = arrive(book(site, SIMULATED, title="Another"))
    assert refused(waiting, slot) == (409, "attempt_closed"), "before it began"
    assert rows(site) == 1


def bomb() -> bytes:
    """A picture of a gigapixel in some kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (32000).to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    rest = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(4001 * 3200), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + rest


REFUSED: list[tuple[bytes, tuple[int, str]]] = [
    (b"", (422, "upload_refused")),
    (b"x" * 1_000_001, (413, "too_large")),
    (bomb(), (422, "upload_refused")),
    (jpeg(), (422, "upload_refused")),
    (pdf(), (422, "upload_refused")),
    (b"<html><script>alert(1)</script></html>", (422, "upload_refused")),
    (b"a,b\n1,=cmd|' /C calc'!A0\n", (422, "upload_refused")),
    (b"MZ\x90\x00\x03", (422, "upload_refused")),
]


def test_what_is_not_asked_for_is_refused_and_nothing_of_it_stays(seat: Seat, site: Site) -> None:
    slot = slots(seat)[0]
    for content, told in REFUSED:
        assert refused(seat, slot, content, "plan.csv") == told, content[:20]
    assert_no_more_is_taken_than_one_file_may_have(seat, site, slot)
    assert rows(site) == 0


def assert_no_more_is_taken_than_one_file_may_have(seat: Seat, site: Site, slot: int) -> None:
    """Of a gigabyte of which nobody says how long it is."""
    path = f"/api/v1/attempts/{seat.attempt_id}/slots/{slot}/files"
    head = [(b"authorization", f"Bearer {seat.caller.token}".encode()), (b"host", b"testserver")]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": head, "client": ("::1", 1)}
    taken, replies = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": bytes(64 * 1024), "more_body": taken < 16 * 1024}

    async def reply(message: Any) -> None:
        replies.append(message)

    portal: Any = site.client.portal
    portal.call(
        site.client.app, scope | {"http_version": "1.1", "scheme": "http", "raw_path": path.encode()}, receive, reply
    )
    assert replies[0]["status"] == 413
    assert taken == 1_000_001 // (64 * 1024) + 1


def stored(site: Site) -> int:
    return len([path for path in (site.installation.settings.data_dir / "storage").rglob("*") if path.is_file()])


def test_nothing_is_kept_of_what_gets_no_row(seat: Seat, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = slots(seat)[0]
    before = stored(site)
    assert refused(seat, slot, OTHER, "x" * 256) == (422, "invalid")
    read = response_files.read_file
    monkeypatch.setattr(api, "read_file", lambda *given: (hand_in(seat), read(*given))[1])
    assert refused(seat, slot, OTHER) == (409, "attempt_closed")
    assert (rows(site), stored(site)) == (0, before)


def test_one_file_of_an_attempt_is_read_at_a_time(seat: Seat, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = slots(seat)
    meanwhile = []
    read = response_files.read_file

    def reading(*given: Any) -> Any:
        if not meanwhile:
            meanwhile.append(refused(seat, other, OTHER))
        return read(*given)

    monkeypatch.setattr(api, "read_file", reading)
    sent(seat, one)
    assert meanwhile == [(429, "too_many_requests")]
    sent(seat, other, OTHER)
    assert rows(site) == 2


def test_whose_files_are_refused_or_take_long_waits_longer(
    seat: Seat, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = slots(seat)
    monkeypatch.setattr(api, "READING_COST_MAX", 12)
    for _ in range(2):
        assert refused(seat, one, b"<html>") == (422, "upload_refused")
    assert refused(seat, other) == (429, "too_many_requests"), "two of six each"
    neighbour = start(admit(arrive(book(site, SIMULATED, title="Another"))))
    moments = iter((0.0, 11.0))
    monkeypatch.setattr(api, "monotonic", lambda: next(moments, 11.0))
    one, other = slots(neighbour)
    sent(neighbour, one)
    assert refused(neighbour, other) == (429, "too_many_requests"), "one, and eleven seconds"


def test_nobody_sends_without_end(seat: Seat, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = slots(seat)
    for number in range(8):
        sent(seat, one, CONTENT + b"%d,1\n" % number)
    assert refused(seat, one, OTHER) == (409, "too_many_files"), "four times the two that an answer holds"
    monkeypatch.setattr(response_files, "ATTEMPT_BYTES_ENOUGH", 1)
    for number in range(2):  # whoever has changed their mind elsewhere can answer here all the same
        sent(seat, other, CONTENT + b"%d,3\n" % number)
    assert refused(seat, other) == (409, "too_many_files")
    monkeypatch.undo()
    for number in range(FILES_PER_MINUTE - 10):
        sent(seat, other, CONTENT + b"%d,2\n" % number)
    assert refused(seat, other, OTHER) == (429, "too_many_requests")


def test_a_file_that_ends_while_the_exam_is_handed_in_is_nobodys_and_the_database_holds_it(
    seat: Seat, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = slots(seat)[0]
    sent(seat, slot)
    database = site.installation.database
    with database.reading() as tx:
        row = {
            column.name: value
            for column, value in zip(
                ResponseFile.__table__.c, tx.execute(select(ResponseFile.__table__)).one(), strict=True
            )
        }
    for changed in (
        {"number": 2},
        {"sha256": "0" * 64},
        {"number": 21, "sha256": "0" * 64},
        {"slot": 99, "sha256": "0" * 64},
    ):
        assert refuses(database, insert(ResponseFile.__table__), row | changed), changed
    for statement in ("UPDATE response_files SET name = 'x'", "DELETE FROM response_files"):
        assert refuses(database, text(statement)), statement
    keep = response_files.keep_file
    monkeypatch.setattr(
        "exam_engine.http.api.response_files.keep_file", lambda *given: (hand_in(seat), keep(*given))[1]
    )
    assert refused(seat, slot, OTHER) == (409, "attempt_closed")
    assert rows(site) == 1
    assert refuses(database, insert(ResponseFile.__table__), row | {"number": 2, "sha256": "0" * 64})


def refuses(database: Database, statement: Any, *row: Any) -> bool:
    try:
        with database.transaction() as tx:
            tx.execute(statement, *row)
    except IntegrityError:
        return True
    return False
