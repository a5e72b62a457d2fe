from __future__ import annotations

from typing import Any

from sqlalchemy import event

from exam_engine.demo.stage import DECISION_MAKER, MANAGER
from exam_engine.http.web.frame import PRODUCT
from kernel.organisations import found_organisation
from tests.exam_engine.http.web.visitor import Visitor
from tests.exam_engine.http.web.world import make_world
from tests.stage import Site


def test_a_page_never_holds_two_connections_at_once(site: Site) -> None:
    """Forty pages at a time would otherwise wait for each other's second connection for ever."""
    world = make_world(site)
    visitors = {path: Visitor.at(site, person) for path, person in _pages(world.result_id).items()}
    held, most = 0, 0

    def taken(*_: Any) -> None:
        nonlocal held, most
        held += 1
        most = max(most, held)

    def given_back(*_: Any) -> None:
        nonlocal held
        held -= 1

    pool = site.installation.database.engine.pool
    event.listen(pool, "checkout", taken)
    event.listen(pool, "checkin", given_back)
    for path, visitor in visitors.items():
        assert visitor.get(path).status == 200
        visitor.send(path, outcome="granted", reason="ok", form_id=site.form_id)
    assert (held, most) == (0, 1)


def test_the_masthead_names_the_body(site: Site) -> None:
    assert "Open Certification Institute (demo)" in Visitor.at(site).get("/sign-in").one("title").text
    with site.installation.database.transaction() as tx:
        found_organisation(tx, slug="second", name="Second", now=site.clock())
    assert PRODUCT in Visitor.at(site).get("/sign-in").one("title").text
    assert "Open Certification Institute (demo)" in Visitor.at(site, MANAGER).get("/manage").one("title").text


def _pages(result_id: str) -> dict[str, Any]:
    return {
        "/sign-in": None,
        "/manage": MANAGER,
        "/manage/sittings": MANAGER,
        f"/decisions/{result_id}": DECISION_MAKER,
    }
