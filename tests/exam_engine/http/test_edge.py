"""The edge holds for every request: headers, origin, size, request id, one log line without persons."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from exam_engine.demo.stage import CANDIDATE, MANAGER, PASSWORD
from exam_engine.http.middleware import BODY_BYTES_MAX, IMPORT_BYTES_MAX, is_ours
from tests.stage import URL, Caller, Site

EVERYWHERE = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "strict-transport-security": "max-age=",
    "x-request-id": "",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture
def dialect() -> str:
    """The edge does not depend on the database."""
    return "sqlite"


@pytest.mark.parametrize("path", ["/health/live", "/sign-in", "/api/v1/session", "/nowhere", "/V/unknown"])
def test_every_reply_carries_the_headers(site: Site, path: str) -> None:
    reply = site.client.get(path, follow_redirects=False)
    for name, value in EVERYWHERE.items():
        assert value in reply.headers[name], name
    policy = reply.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy


def test_replies_are_not_cached_unless_they_say_so(site: Site) -> None:
    assert site.people[CANDIDATE].ask("GET", "/session").headers["cache-control"] == "no-store"


def test_a_request_keeps_a_sane_id_and_loses_a_strange_one(site: Site) -> None:
    assert site.client.get("/health/live", headers={"X-Request-Id": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    for strange in ("short", "x" * 65, "a b c d e f g", "<script>alert</script>"):
        assert site.client.get("/health/live", headers={"X-Request-Id": strange}).headers["x-request-id"] != strange


HOST = URL.removeprefix("https://")
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": f"http://{HOST}"},  # the same host without TLS: anybody on the way could have written that page
    {"Origin": f"ws://{HOST}"},
    {"Origin": f"{URL}:8443"},
    {"Origin": f"https://somebody@{HOST}"},
    {"Origin": "null"},
    {"Origin": URL + ".evil.example"},
    {"Origin": "http://["},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
OWN = [
    {"Origin": URL},
    {"Sec-Fetch-Site": "same-origin"},
    {"Origin": URL, "Host": "10.0.0.7:8000"},  # a proxy that asks under a name of its own
    {"Origin": "https://exams.intranet.example", "Host": "exams.intranet.example"},  # another name of the same site
]


@pytest.mark.parametrize("headers", [{}, *FOREIGN])
def test_cookies_from_another_sites_page_do_nothing(site: Site, headers: dict[str, str]) -> None:
    cookie = {"Cookie": f"session={site.people[CANDIDATE].token}"}
    reply = site.client.delete("/api/v1/session", headers={**cookie, **headers})
    assert (reply.status_code, reply.json()["code"]) == (403, "cross_origin")
    assert site.people[CANDIDATE].ask("GET", "/session").status_code == 200


@pytest.mark.parametrize("headers", OWN)
def test_our_own_pages_may(site: Site, headers: dict[str, str]) -> None:
    cookie = {"Cookie": f"session={site.people[CANDIDATE].token}"}
    assert site.client.delete("/api/v1/session", headers={**cookie, **headers}).status_code == 204


@pytest.mark.parametrize(
    ("public_url", "origin", "host", "ours"),
    [
        ("https://Exam.Example.org:443", "https://exam.example.org", "", True),
        ("http://exam.example.org:80", "http://exam.example.org", "", True),
        ("http://127.0.0.1:8000", "http://localhost:8000", "localhost:8000", True),
        ("http://127.0.0.1:8000", "https://localhost:8000", "localhost:8000", False),
        ("https://exam.example.org", "http://exam.example.org", "exam.example.org", False),
        ("https://exam.example.org", "https://exam.example.org:8443", "exam.example.org", False),
        ("https://exam.example.org", "https://", "", False),
        ("https://exam.example.org", "null", "exam.example.org", False),
        ("https://exam.example.org:port", "https://exam.example.org", "exam.example.org", False),
    ],
)
def test_an_origin_is_a_scheme_and_a_host(public_url: str, origin: str, host: str, *, ours: bool) -> None:
    assert is_ours(origin.encode(), host.encode(), public_url) is ours


@pytest.mark.parametrize("headers", FOREIGN)
def test_nobody_is_signed_in_from_another_sites_page(site: Site, headers: dict[str, str]) -> None:
    form = {"email": CANDIDATE.email, "password": PASSWORD}
    assert site.client.post("/sign-in", data=form, headers=headers, follow_redirects=False).status_code == 403


def test_a_body_has_a_size(site: Site) -> None:
    reply = site.client.post("/api/v1/session", content=b"x", headers={"Content-Length": str(BODY_BYTES_MAX + 1)})
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")

    def endless() -> Iterator[bytes]:
        for _ in range(65):
            yield b"x" * 1024

    streamed = site.client.post("/api/v1/session", content=endless())
    assert (streamed.status_code, streamed.json()["code"]) == (413, "too_large")


def test_only_somebody_signed_in_sends_a_large_document(site: Site) -> None:
    large = b"[" * (BODY_BYTES_MAX * 4)
    assert Caller(site.client).client.post("/api/v1/frameworks", content=large).status_code == 401
    token = {"Authorization": f"Bearer {site.people[MANAGER].token}"}
    assert site.client.post("/api/v1/frameworks", content=large, headers=token).status_code == 422
    beyond = {**token, "Content-Length": str(IMPORT_BYTES_MAX + 1)}
    assert site.client.post("/api/v1/frameworks", content=b"x", headers=beyond).status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", "/api/v1/session", b'{"email": "a\\u0000@b.cd", "password": "x"}'),
        ("POST", "/sign-in", b"email=a%00%40b.cd&password=x"),
        ("GET", "/api/v1/frameworks/%00", b""),
        ("GET", "/api/v1/items?after=%00", b""),
    ],
)
def test_a_nul_character_is_refused_everywhere(site: Site, method: str, path: str, content: bytes) -> None:
    kind = "application/json" if content.startswith(b"{") else "application/x-www-form-urlencoded"
    token = {"Authorization": f"Bearer {site.people[MANAGER].token}"}
    reply = site.client.request(method, path, content=content, headers={**token, "Content-Type": kind})
    assert reply.status_code == 422, reply.text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nowhere", 404, "not_found"),
        ("PATCH", "/api/v1/session", 405, "method_not_allowed"),
        ("POST", "/api/v1/session", 422, "invalid"),
        ("GET", "/api/v1/attempts/not-an-id", 401, "unauthenticated"),
    ],
)
def test_every_refusal_is_a_problem_document(site: Site, method: str, path: str, status: int, code: str) -> None:
    reply = site.client.request(method, path)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] == code


def test_a_fault_names_its_place_and_repeats_no_input(site: Site) -> None:
    reply = site.client.post("/api/v1/session", json={"email": 7, "password": ["secret-typed-wrong"]})
    assert {fault["place"] for fault in reply.json()["faults"]} == {"body/email", "body/password"}
    assert "secret-typed-wrong" not in reply.text


def test_guessing_passwords_is_slowed_down(site: Site) -> None:
    body = {"email": CANDIDATE.email, "password": "not the password"}
    codes = [site.client.post("/api/v1/session", json=body).json()["code"] for _ in range(11)]
    assert codes[0] == "wrong_credentials"
    assert codes[-1] == "too_many_requests"


def test_one_line_a_request_without_persons(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    from kernel.logs import set_up_logs

    set_up_logs("info", "json")
    capfd.readouterr()
    try:
        site.client.post("/api/v1/session", json={"email": CANDIDATE.email, "password": "wrong password"})
        site.client.get("/V/0123456789ABCDEFG", headers={"Authorization": "Bearer secret"})
    finally:
        lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "http.request" in line]
        set_up_logs("error", "json")
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/api/v1/session", 401),
        ("GET", "/V/*", 404),
    ]
    assert CANDIDATE.email not in str(lines)
    assert "0123456789ABCDEFG" not in str(lines)


def test_health(site: Site) -> None:
    assert site.client.get("/health/live").json() == {"status": "live"}
    assert site.client.get("/health/ready").status_code == 200
