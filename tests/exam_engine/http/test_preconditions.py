"""Edits over the API: nobody overwrites what they have not seen."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from exam_engine.assembly.sample import sample_scheme
from exam_engine.demo.stage import MANAGER
from question_bank.sample import sample_framework
from tests.stage import JOB_ROLE, Caller, Site

PURPOSE = "scope"


@pytest.fixture
def manager(site: Site) -> Caller:
    return site.people[MANAGER]


def content(said: str = "") -> dict[str, Any]:
    """What a draft may be replaced with."""
    draft = deepcopy(sample_scheme(sample_framework(), JOB_ROLE))
    if said:
        draft["parts"][PURPOSE] = said
    return {"parts": draft["parts"], "rules": draft["rules"]}


def drafted(manager: Caller) -> tuple[str, str]:
    """The address of a fresh draft, and its tag."""
    reply = manager.ask("POST", "/schemes", sample_scheme(sample_framework(), JOB_ROLE))
    assert reply.status_code == 201, reply.text
    return f"/scheme-versions/{reply.json()['id']}", str(reply.headers["etag"])


def revised(manager: Caller, path: str, said: str, tag: str | None) -> Any:
    return manager.ask("PUT", path, content(said), headers={} if tag is None else {"If-Match": tag})


def test_the_tag_is_the_same_wherever_the_state_is_shown(manager: Caller) -> None:
    path, tag = drafted(manager)
    assert tag.startswith('"')
    assert manager.ask("GET", path).headers["etag"] == tag
    reply = revised(manager, path, "Another scope.", tag)
    assert (reply.status_code, reply.json()["parts"][PURPOSE]) == (200, "Another scope.")
    assert reply.headers["etag"] != tag
    assert manager.ask("GET", path).headers["etag"] == reply.headers["etag"]
    back = manager.ask("PUT", path, content(), headers={"If-Match": reply.headers["etag"]})
    assert back.headers["etag"] == tag, "the same state has the same name"


def test_of_two_who_edit_what_both_have_read_the_second_is_told(manager: Caller) -> None:
    path, tag = drafted(manager)
    first = revised(manager, path, "Mine.", tag)
    second = revised(manager, path, "Mine instead.", tag)
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    assert second.json()["etag"] == first.headers["etag"]
    assert second.json()["current"] == first.json(), "it is told what stands there now"
    assert manager.get(path)["parts"][PURPOSE] == "Mine."
    assert revised(manager, path, "Ours.", second.json()["etag"]).status_code == 200


def test_an_edit_says_what_it_was_made_on(manager: Caller) -> None:
    path, tag = drafted(manager)
    reply = revised(manager, path, "Blindly.", None)
    assert (reply.status_code, reply.json()["code"]) == (428, "precondition_required")
    assert manager.ask("GET", path).headers["etag"] == tag


@pytest.mark.parametrize(
    ("form", "status"), [("*", 412), ("{}", 200), ('"other", {}', 200), ("W/{}", 412), ('"other"', 412), ("", 412)]
)
def test_tags_are_compared_strongly(manager: Caller, form: str, status: int) -> None:
    path, tag = drafted(manager)
    assert revised(manager, path, "Said.", form.format(tag)).status_code == status


def test_one_may_publish_exactly_what_one_has_read(manager: Caller) -> None:
    path, tag = drafted(manager)
    revised(manager, path, "Changed meanwhile.", tag)
    refused = manager.ask("POST", f"{path}/publication", headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["current"]["state"]) == (412, "draft")
    seen = manager.ask("GET", path).headers["etag"]
    published = manager.ask("POST", f"{path}/publication", headers={"If-Match": seen})
    assert (published.status_code, published.json()["state"]) == (200, "published")
    assert manager.ask("GET", path).headers["etag"] == published.headers["etag"] != seen
    late = revised(manager, path, "Too late.", published.headers["etag"])
    assert (late.status_code, late.json()["code"]) == (409, "conflict")


def test_publishing_overwrites_nothing_and_may_be_done_without(manager: Caller) -> None:
    path, _ = drafted(manager)
    assert manager.ask("POST", f"{path}/publication").json()["state"] == "published"


def test_the_description_shows_the_headers(site: Site) -> None:
    paths = site.client.get("/api/v1/openapi.json").json()["paths"]
    edits = {path: methods["put"] for path, methods in paths.items() if "put" in methods or "patch" in methods}
    assert edits, "there is something to edit"
    for path, route in edits.items():
        assert "If-Match" in {parameter["name"] for parameter in route["parameters"]}, path
        assert "ETag" in route["responses"]["200"]["headers"], path
        assert "ETag" in paths[path]["get"]["responses"]["200"]["headers"], path
