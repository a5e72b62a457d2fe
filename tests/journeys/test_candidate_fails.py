"""A candidate fails one area: the floor holds, nothing is granted, and the reason can be read."""

from __future__ import annotations

from exam_engine.demo.stage import DECISION_MAKER, MANAGER
from tests.journeys.acts import answer_all, close_and_score, hand_in, rightly_but_in, seated
from tests.stage import Site


def test_one_area_below_the_floor(site: Site) -> None:
    seat = seated(site)
    answer_all(seat, rightly_but_in(site, {"A7"}))
    hand_in(seat)
    result = close_and_score(seat)
    assert (result["score"], result["passed"]) == ("7/8", False)
    rules = {row["rule"]: row for row in result["rules_met"]}
    assert (rules["overall"]["met"], rules["areas_at"]["met"], rules["area_floor"]["met"]) == (True, True, False)
    assert rules["area_floor"]["missed_areas"] == ["A7"]
    failed = next(area for area in result["areas"] if area["code"] == "A7")
    assert (failed["points"], failed["level"]) == ("0", None)

    decider = site.people[DECISION_MAKER]
    grant = {"outcome": "granted", "reason": "Everything else was perfect."}
    refused = decider.refused("POST", f"/results/{result['id']}/decision", grant)
    assert refused["code"] == "rules_not_met"
    assert "area_floor" in refused["detail"]
    assert decider.refused("POST", f"/results/{result['id']}/decision", {**grant, "reason": "no"})
    decider.post(f"/results/{result['id']}/decision", {"outcome": "refused", "reason": "Area A7 is below the floor."})
    site.work()
    assert site.people[MANAGER].all("/credentials") == []
    assert not seat.caller.get(f"/attempts/{seat.attempt_id}/result")["passed"]
