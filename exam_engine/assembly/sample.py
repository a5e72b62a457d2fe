"""The sample scheme: complete parts, default rules and a default blueprint for any job role of a sample framework.

One rule: it never claims to be more than it is: a sample, endorsed by nobody, its levels modelled on the EQF.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from certificates.levels import level_meaning, level_statement
from exam_engine.assembly.blueprints import even_cells
from kernel.errors import NotFound
from question_bank.competences import RoleCell

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BlueprintFacts:
    """What a blueprint needs besides the cells of a job role."""

    per_competence: int
    seconds_per_item: int
    difficulty_target: Fraction
    difficulty_tolerance: Fraction


# With eight areas of five competences: 80 items, 10 in each area, in 8,400 seconds. Forms of the sample bank are
# expected to take 6,600 to 7,800 of them; what is left is for looking back.
DEFAULT_BLUEPRINT = BlueprintFacts(
    per_competence=2,
    seconds_per_item=105,
    difficulty_target=Fraction(29, 50),
    difficulty_tolerance=Fraction(1, 100),
)
INDICATIVE_BELOW_ITEMS = 10
SHARE_OF_AREAS = Fraction(3, 4)
FIRST_LEVEL_OF_JUDGEMENT = 6
LEVEL_CUTS_FROM_THE_TOP = ("2/3", "3/5", "1/2", "2/5", "3/10", "1/5", "1/10", "1/20")

_PARTS: Mapping[str, Any] = {
    "code_of_conduct": [
        "Give advice in the interest of the public and say what an interest of one's own is.",
        "Claim only what the certificate states: this scope, these areas, these levels, until its date of expiry.",
        "Keep the content of the examination to oneself and report attempts to obtain or sell it.",
        "Use the certificate and the body's name in no way that misleads, and stop when it is suspended or withdrawn.",
        "Tell the body of anything that makes the conditions of certification no longer hold.",
    ],
    "criteria": [
        "First certification: the prerequisites are shown and one examination under this scheme is passed.",
        "The examination is passed when every rule of this version holds: the share of the whole test, the number of areas that reach their threshold, and the floor in every area. Scores are compared exactly, never rounded.",
        "The cuts of this sample are fixed by rule, not set by a panel of judges; a real scheme documents its standard setting and the error of its cuts.",
        "A score within one standard error of a deciding cut is looked at by a person before the decision.",
        "A person who took no part in the training or the examination decides; nothing is granted automatically.",
        "Recertification: a new examination on what has changed, before the certificate expires.",
    ],
    "methods": [
        "A supervised written examination on a computer, identity checked, of items of several kinds, from choosing and ordering to typing a word or a number: the same number for every competence, drawn by a published procedure from a reviewed bank.",
        "Every item counts the same. Where an answer can be right in part, the examination says under the item what of it counts. Unanswered items are worth nothing.",
        "Results are reported by area. What fewer items than the scheme's limit say about a single competence is shown as indicative and decides nothing.",
        "Time, breaks and tools are adapted for candidates who need it, without changing what is measured.",
    ],
    "surveillance": "This sample asks for no periodic evidence of practice. Complaints about holders and signs of misuse are examined at once. A real scheme states what holders show, and when.",
    "suspension": "The body suspends a certificate while a serious complaint, a doubt about the examination or a misuse of the certificate is examined, and says so on the verification page at once. The holder is heard. The suspension ends with reinstatement or withdrawal, within three months.",
    "withdrawal": "A certificate is withdrawn, or its scope reduced, when it was obtained by deception, when the code of conduct was broken gravely, or at its holder's wish. A person not involved before decides, with reasons in writing. The holder may appeal to other deciders; the verification page shows the withdrawal and its date.",
    "validity_months": 36,
}


def sample_scheme(framework: Mapping[str, Any], job_role: str) -> Json:
    """Return everything a draft of the sample scheme needs, as :func:`draft_scheme` and the API take it.

    Args:
        framework: a framework document (``docs/formats.md``).
        job_role: the code of one of its roles.

    Raises:
        NotFound: the framework has no such role.
    """
    about, role, profile = framework["framework"], _role(framework, job_role), _profile(framework, job_role)
    return {
        "code": f"{about['code']}-{job_role}",
        "title": f"{role['name']} (sample scheme)",
        "framework": about["code"],
        "job_role": job_role,
        "parts": {
            "scope": _scope(about, role, profile),
            "tasks": [task["text"] for task in role.get("tasks", ())] or role["description"],
            "prerequisites": _prerequisites(role),
            "level_evidence": {str(level): _evidence(level) for level in sorted({cell.level for cell in profile})},
            **_PARTS,
        },
        "rules": sample_rules(profile),
    }


def sample_rules(profile: Sequence[RoleCell]) -> Json:
    """Return the default rules for a job role: three of four areas at two thirds, whatever their number."""
    areas, levels = {cell.area for cell in profile}, sorted({cell.level for cell in profile}, reverse=True)
    return {
        "credit_table": "exact",
        "pass": {
            "overall": "53/80",
            "areas_at": {"threshold": "2/3", "at_least": math.ceil(len(areas) * SHARE_OF_AREAS)},
            "area_floor": "2/5",
        },
        "level_cuts": {str(level): cut for level, cut in zip(levels, LEVEL_CUTS_FROM_THE_TOP, strict=False)},
        "indicative_below_items": INDICATIVE_BELOW_ITEMS,
    }


def sample_blueprint(framework: Mapping[str, Any], job_role: str) -> Json:
    """Return the default blueprint of a job role, as :func:`make_blueprint` and the API take it.

    Raises:
        NotFound: the framework has no such role.
    """
    facts = DEFAULT_BLUEPRINT
    profile = _profile(framework, job_role)
    cells = even_cells(profile, max(facts.per_competence, _enough_to_decide(profile)))
    return {
        "cells": cells,
        "time_limit_seconds": sum(cell["count"] for cell in cells) * facts.seconds_per_item,
        "difficulty_target": str(facts.difficulty_target),
        "difficulty_tolerance": str(facts.difficulty_tolerance),
    }


def _role(framework: Mapping[str, Any], job_role: str) -> Json:
    for role in framework["roles"]:
        if role["code"] == job_role:
            return dict(role)
    message = f"the framework has no job role {job_role!r}"
    raise NotFound(message)


def _profile(framework: Mapping[str, Any], job_role: str) -> list[RoleCell]:
    """Return the role's competences in the framework's order, as the imported framework would."""
    areas = {area["code"]: area["name"] for area in framework["areas"]}
    order = list(areas)
    cells = [
        RoleCell(found["area"], areas[found["area"]], found["code"], found["name"], found["eqf"][job_role])
        for found in framework["competences"]
        if job_role in found["eqf"]
    ]
    return sorted(cells, key=lambda cell: order.index(cell.area))


def _enough_to_decide(profile: Sequence[RoleCell]) -> int:
    """Items per competence that give the smallest area as many as it needs to decide."""
    smallest = min(Counter(cell.area for cell in profile).values())
    return math.ceil(INDICATIVE_BELOW_ITEMS / smallest)


def _scope(about: Mapping[str, Any], role: Mapping[str, Any], profile: Sequence[RoleCell]) -> list[str]:
    areas = len({cell.area for cell in profile})
    low, high = min(cell.level for cell in profile), max(cell.level for cell in profile)
    reach = f"level {low}" if low == high else f"levels {low} to {high}"
    return [
        f"Knowledge and judgement for the job role {role['name']}, in {areas} areas and {len(profile)} competences of the framework {about['title']!r}, version {about['version']}.",
        f"Levels are stated as {level_meaning(level_statement(about['language']), 'N')!r}, here at {reach}. They are not levels of a national qualifications framework, and no authority has placed this certificate in one.",
        "Not covered: conduct at work, physical skills, and anything that a written examination cannot show.",
        f"This is a sample scheme for demonstration. No project, body or authority endorses it. {about['notice']}",
    ]


def _prerequisites(role: Mapping[str, Any]) -> list[str]:
    named = [prerequisite["text"] for prerequisite in role["prerequisites"]]
    return [
        *(named or ["No formal qualification is asked for."]),
        "Training is not a condition: whoever shows the same by other education or by experience is admitted alike.",
    ]


def _evidence(level: int) -> list[str]:
    if level < FIRST_LEVEL_OF_JUDGEMENT:
        return [f"Passed items of the written examination that are written for level {level} and reviewed as such."]
    return [
        f"Passed items of the written examination that set a scenario and ask for judgement at level {level}.",
        "A written examination shows little of autonomy and responsibility. This sample accepts it alone; a real scheme adds a portfolio, an oral or a practical part at this level.",
    ]
