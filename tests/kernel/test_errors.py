"""Errors: what every problem document says of itself is never what one refusal says."""

from __future__ import annotations

import pytest

from exam_engine.http.problems import problem_of
from kernel.errors import RESERVED, Conflict


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_fact_stands_in_the_place_of_a_problems_own_member(name: str) -> None:
    with pytest.raises(TypeError, match=f"{name}: a problem document says this of every refusal"):
        Conflict("it does not fit", **{name: "another"})


def test_every_member_of_a_problem_is_reserved_or_an_argument() -> None:
    problem = problem_of(Conflict("it does not fit", current=3))
    assert problem.keys() == (RESERVED - {"instance"}) | {"detail", "current"}
