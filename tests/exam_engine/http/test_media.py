"""Media over HTTP: uploaded by authors, seen by the bank and on running papers, and taken for nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from exam_engine.demo.stage import AUDITOR, AUTHOR, CANDIDATE, MANAGER, REVIEWER, SIMULATED
from exam_engine.http.middleware import IMPORT_BYTES_MAX
from kernel.permissions import AccountRole
from tests.builders.files import jpeg, mp3, opus, pdf, png, wav
from tests.builders.samples import PLAN, SAMPLES
from tests.exam_engine.http.test_access import _another_body
from tests.journeys.acts import admit, arrive, ask_every_kind, book, hand_in, seated, start
from tests.stage import Caller, Site

TRAVERSALS = ["..%2f..%2fetc%2fpasswd", "%2e%2e", PLAN.upper(), PLAN[:-1], f"{PLAN}0", "a" * 5000, "null", "'--"]


@pytest.fixture
def author(site: Site) -> Caller:
    return site.people[AUTHOR]


def fetch(caller: Caller, path: str, **headers: str) -> Any:
    return caller.ask("GET", path, headers=headers)


def content(caller: Caller, sha256: str, **headers: str) -> Any:
    return fetch(caller, f"/media/{sha256}/content", **headers)


def test_what_is_uploaded_is_read_again(author: Caller, site: Site) -> None:
    for file in (png(), jpeg(), wav(), mp3(), opus(), pdf()):
        medium = author.upload(file, file_name="../a plan.html", description="A plan.")
        assert author.get(f"/media/{medium['sha256']}") == medium
        reply = content(site.people[REVIEWER], medium["sha256"])
        assert reply.status_code == 200
        assert hashlib.sha256(reply.content).hexdigest() == medium["sha256"]
        assert reply.headers["content-type"] == medium["media_type"]
        assert len(reply.content) == int(reply.headers["content-length"]) == medium["byte_size"]


def test_no_browser_takes_a_content_for_a_page(author: Caller) -> None:
    headers = content(author, author.upload(png(comment="<script>"), file_name="x.html")["sha256"]).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["content-disposition"] == "inline; filename*=UTF-8''x.png"
    assert headers["cache-control"] == "private, max-age=86400, immutable"


def test_a_file_is_named_as_it_came_and_ends_as_what_it_is(author: Caller) -> None:
    for number, (name, sent) in enumerate(
        {
            "Plan der Straße.JPG": "Plan%20der%20Stra%C3%9Fe.png",
            '"; attachment; x="': "%22%3B%20attachment%3B%20x%3D%22.png",
            "C:\\secret\\plan": "plan.png",
            "../../plan.svg": "plan.png",
            "": "medium.png",
            ".htaccess": "htaccess.png",
        }.items(),
        start=20,
    ):
        reply = content(author, author.upload(png(number, 20), file_name=name)["sha256"])
        assert reply.headers["content-disposition"] == f"inline; filename*=UTF-8''{sent}"


def test_uploading_it_again_adds_nothing(author: Caller, site: Site) -> None:
    first = author.upload(png(), file_name="one.png")
    assert author.upload(png(), file_name="two.png") == first
    assert site.people[MANAGER].upload(content(author, first["sha256"]).content) == first
    assert [medium["sha256"] for medium in author.all("/media")].count(first["sha256"]) == 1


def kept_files(site: Site) -> list[str]:
    """All files in the storage."""
    folder = site.installation.settings.data_dir / "storage"
    return sorted(path.name for path in folder.rglob("*")) if folder.exists() else []


def test_all_media_are_listed_page_by_page(author: Caller) -> None:
    there = [medium["sha256"] for medium in author.all("/media")]
    sent = [author.upload(png(20, 20 + number))["sha256"] for number in range(4)]
    page = author.get("/media?limit=3")
    rest = author.get(f"/media?limit={len(there) + 1}&after={page['next_after']}")
    listed = [medium["sha256"] for medium in page["items"] + rest["items"]]
    assert sorted(listed) == sorted([*sent, *there])
    assert rest["next_after"] is None


def test_hostile_files_are_refused_and_nothing_is_kept(author: Caller, site: Site) -> None:
    headers = {"Authorization": f"Bearer {author.token}", "Content-Type": "image/png"}
    before = author.all("/media"), kept_files(site)
    for file in (b"", b"<svg onload='alert(1)'/>", b"PK\x03\x04", png()[:-40], b"GIF89a" + bytes(99)):
        reply = site.client.post("/api/v1/media?file_name=x.png", content=file, headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (422, "upload_refused")
    assert (author.all("/media"), kept_files(site)) == before


def test_a_body_without_end_is_cut_off(author: Caller, site: Site) -> None:
    def more_than_is_taken() -> Iterator[bytes]:
        for _ in range(IMPORT_BYTES_MAX // 1024**2 + 1):
            yield bytes(1024**2)

    headers = {"Authorization": f"Bearer {author.token}"}
    reply = site.client.post("/api/v1/media", content=more_than_is_taken(), headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
    told = site.client.post(
        "/api/v1/media", content=b"x", headers={**headers, "Content-Length": str(IMPORT_BYTES_MAX + 1)}
    )
    assert told.status_code == 413


def test_a_name_that_would_end_a_header_is_refused(author: Caller, site: Site) -> None:
    headers = {"Authorization": f"Bearer {author.token}"}
    names = {"file_name": "x\r\nSet-Cookie: session=1"}
    assert site.client.post("/api/v1/media", content=png(), params=names, headers=headers).status_code == 422


def test_only_authors_and_managers_upload(site: Site) -> None:
    before = kept_files(site)
    for person in (CANDIDATE, AUDITOR, REVIEWER):
        headers = {"Authorization": f"Bearer {site.people[person].token}"}
        assert site.client.post("/api/v1/media", content=png(), headers=headers).status_code == 403
    assert kept_files(site) == before


def test_another_body_finds_nothing_by_hash(author: Caller, site: Site) -> None:
    sha256 = author.upload(png())["sha256"]
    stranger = _another_body(site)[AccountRole.AUTHOR]
    for path in (f"/media/{sha256}", f"/media/{sha256}/content"):
        assert stranger.refused("GET", path)["code"] == "not_found"
    assert stranger.upload(png())["sha256"] == sha256, "the same file may be theirs as well"
    assert content(stranger, sha256).status_code == 200


def test_no_name_leads_elsewhere(author: Caller) -> None:
    author.upload(png())
    for name in TRAVERSALS:
        for path in (f"/media/{name}", f"/media/{name}/content"):
            assert fetch(author, path).status_code == 404, path


def test_the_cookie_of_a_page_is_enough_to_see_a_picture(author: Caller, site: Site) -> None:
    sha256 = author.upload(png())["sha256"]
    reply = site.client.get(f"/api/v1/media/{sha256}/content", headers={"Cookie": f"session={author.token}"})
    assert reply.status_code == 200


# Parts


PARTS: list[tuple[str, int, str | None, slice]] = [
    ("bytes=0-99", 206, "bytes 0-99/16044", slice(0, 100)),
    ("bytes=100-", 206, "bytes 100-16043/16044", slice(100, None)),
    ("bytes=-50", 206, "bytes 15994-16043/16044", slice(-50, None)),
    ("bytes=0-999999999", 206, "bytes 0-16043/16044", slice(0, None)),
    ("bytes=-999999999", 206, "bytes 0-16043/16044", slice(0, None)),
    ("bytes=0-0", 206, "bytes 0-0/16044", slice(0, 1)),
    ("bytes=5-2", 200, None, slice(0, None)),
    ("bytes=0-1,5-6", 200, None, slice(0, None)),
    ("bytes=-", 200, None, slice(0, None)),
    ("lines=1-2", 200, None, slice(0, None)),
    ("bytes=" + "9" * 500 + "-", 200, None, slice(0, None)),
    ("bytes=16044-", 416, None, slice(0)),
    ("bytes=99999999-", 416, None, slice(0)),
    ("bytes=-0", 416, None, slice(0)),
]


def test_a_part_of_a_recording_is_sent(author: Caller) -> None:
    sha256 = author.upload(wav())["sha256"]
    whole = content(author, sha256).content
    for asked, status, told, part in PARTS:
        reply = content(author, sha256, Range=asked)
        assert reply.status_code == status, asked
        assert reply.headers.get("content-range") == told, asked
        if status != 416:
            assert reply.content == whole[part], asked


def test_what_a_browser_has_is_not_sent_again(author: Caller) -> None:
    sha256 = author.upload(png())["sha256"]
    tag = content(author, sha256).headers["etag"]
    assert tag == f'"{sha256}"'
    again = content(author, sha256, **{"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert content(author, sha256, **{"If-None-Match": '"other"'}).status_code == 200
    assert content(author, sha256, Range="bytes=0-1", **{"If-Range": '"other"'}).status_code == 200
    assert content(author, sha256, Range="bytes=0-1", **{"If-Range": tag}).status_code == 206


def test_what_is_away_is_said_before_anything_is_sent(author: Caller, site: Site) -> None:
    sha256 = author.upload(png())["sha256"]
    (site.installation.settings.data_dir / "storage" / sha256[:2] / sha256).unlink()
    reply = content(author, sha256)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_stored")


# Papers


def test_a_running_paper_shows_its_pictures_to_its_candidate_alone(site: Site) -> None:
    seat = arrive(book(ask_every_kind(site)))
    other = site.people[AUTHOR].upload(png(30, 30))["sha256"]
    path = f"/attempts/{seat.attempt_id}/media/{PLAN}"
    assert seat.caller.refused("GET", path)["code"] == "paper_sealed"
    start(admit(seat))
    shown = fetch(seat.caller, path)
    assert hashlib.sha256(shown.content).hexdigest() == PLAN
    assert shown.headers["cache-control"].startswith("private")
    for name in (other, *TRAVERSALS):
        assert fetch(seat.caller, f"/attempts/{seat.attempt_id}/media/{name}").status_code == 404, name
    assert site.people[SIMULATED].refused("GET", path)["code"] == "not_found"
    for door in (f"/media/{PLAN}", f"/media/{PLAN}/content"):
        assert seat.caller.refused("GET", door)["code"] == "forbidden"
    hand_in(seat)
    assert seat.caller.refused("GET", path)["code"] == "paper_sealed"


def test_a_picture_that_only_explains_the_answer_is_not_shown(site: Site) -> None:
    solution = site.people[AUTHOR].upload(png(50, 50), description="The solution.")["sha256"]
    contents = {kind: sample.content for kind, sample in SAMPLES.items()}
    contents["single_choice"] = contents["single_choice"] | {"rationale": f"![The solution](media:{solution}.png)"}
    seat = seated(ask_every_kind(site, contents))
    assert fetch(seat.caller, f"/attempts/{seat.attempt_id}/media/{PLAN}").status_code == 200
    assert fetch(seat.caller, f"/attempts/{seat.attempt_id}/media/{solution}").status_code == 404
