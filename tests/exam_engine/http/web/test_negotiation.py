from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from exam_engine.http.web.negotiation import safe_path, wants_html


@pytest.mark.parametrize(
    "path", ["/", "/my", "/decisions/1?x=1&y=2", "/V/7K2M", "/my/attempts/1#12", "/sign-in?next=/a//b", "/Ελένη"]
)
def test_paths_of_this_site_are_kept(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "my",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\tevil",
        "/\n/evil.example",
        " //evil.example",
        "/\x00",
    ],
)
def test_whatever_could_lead_elsewhere_is_dropped(path: str) -> None:
    assert safe_path(path) == "/"


@given(st.text(alphabet=st.sampled_from("/\\:?#@.%\t\r\n ahe-ps"), max_size=12))
def test_no_text_ever_leads_to_another_host(text: str) -> None:
    # Browsers drop tabs and newlines and read a backslash as a slash before they resolve an address.
    seen = safe_path(text).replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/").strip()
    assert urlsplit(urljoin("https://here.example/page", seen)).netloc == "here.example"


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        (None, True),
        ("*/*", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json", False),
        ("application/json, text/plain, */*", False),
        ("text/html;q=0.5, application/json", False),
        ("application/json;q=0.5, text/html", True),
        ("text/*, application/json;q=0.9", True),
        ("text/html;q=nonsense, application/json;q=0.1", False),
    ],
)
def test_who_gets_a_page_and_who_gets_json(accept: str | None, html: bool) -> None:
    headers = [] if accept is None else [(b"accept", accept.encode())]
    assert wants_html(Request({"type": "http", "headers": headers})) is html
