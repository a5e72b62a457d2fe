"""Framework documents of every shape that is valid, for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

CODES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,6}", fullmatch=True)
WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=20).filter(str.strip)
PROVENANCES = st.sampled_from(["sourced", "proposed"])
SOURCES = {"study": {"name": "A study"}, "talk": {"name": "A talk", "url": "https://talk.example"}}


@st.composite
def framework_documents(draw: st.DrawFn) -> dict[str, Any]:
    """A whole document, with areas that interleave, roles with and without tasks, sources and statements."""
    areas = [_thing(draw, code=code, name=draw(WORDS)) for code in _codes(draw, 1, 3)]
    role_codes = _codes(draw, 1, 3)
    competences = [
        _thing(
            draw,
            code=code,
            area=draw(st.sampled_from(areas))["code"],
            name=draw(WORDS),
            description=draw(WORDS),
            eqf={role: draw(st.integers(1, 8)) for role in role_codes},
        )
        for code in _codes(draw, 1, 4)
    ]
    criteria = iter(_codes(draw, 0, 6))
    for competence in competences:
        if draw(st.booleans()):
            chosen = [code for code, _ in zip(criteria, range(draw(st.integers(0, 2))), strict=False)]
            competence["criteria"] = [_thing(draw, code=code, text=draw(WORDS)) for code in chosen]
    return {
        "format": "exam-engine-scheme-sample",
        "format_version": 1,
        "framework": _header(draw),
        "sources": SOURCES,
        "areas": areas,
        "roles": _roles(draw, role_codes, [competence["code"] for competence in competences]),
        "competences": competences,
    }


def _header(draw: st.DrawFn) -> dict[str, Any]:
    header = {
        "code": draw(CODES),
        "version": draw(CODES),
        "language": draw(st.sampled_from(["en", "pt-BR", "deu"])),
        "status": draw(st.sampled_from(["sample", "official"])),
        "title": draw(WORDS),
        "notice": draw(WORDS),
    }
    if draw(st.booleans()):
        header["rules"] = {"scale": {"value": [1, "two", None], "provenance": "sourced", "sources": ["study"]}}
    return header


def _roles(draw: st.DrawFn, codes: list[str], competences: list[str]) -> list[dict[str, Any]]:
    tasks = iter(_codes(draw, 0, 4))
    roles = []
    for code in codes:
        role = _thing(draw, code=code, name=draw(WORDS), description=draw(WORDS), prerequisites=[{"text": "A degree"}])
        if draw(st.booleans()):
            chosen = [task for task, _ in zip(tasks, range(draw(st.integers(0, 2))), strict=False)]
            taken = st.lists(st.sampled_from(competences), min_size=1, unique=True)
            role["tasks"] = [_thing(draw, code=task, text=draw(WORDS), competences=draw(taken)) for task in chosen]
        roles.append(role)
    return roles


def _codes(draw: st.DrawFn, least: int, most: int) -> list[str]:
    return draw(st.lists(CODES, min_size=least, max_size=most, unique=True))


def _thing(draw: st.DrawFn, **fields: Any) -> dict[str, Any]:
    provenance = {name: draw(PROVENANCES) for name in fields}
    sourced = [name for name, status in provenance.items() if status == "sourced"]
    thing = {**fields, "provenance": provenance}
    if sourced:
        thing["sources"] = {name: ["talk"] for name in sourced}
    return thing
