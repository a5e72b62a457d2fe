"""The content of a scheme version: parts in words and rules in data, read together against the job role's profile.

One rule: a draft may be incomplete, but what it holds can be read, stored and shown by an examination.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exam_engine.assembly.parts import competences_part, misfits
from exam_engine.assembly.rules import InvalidRules, SchemeRules
from kernel.canonical import digest
from kernel.errors import Fault, Invalid
from question_bank.competences import RoleCell
from question_bank.documents import opened


class InvalidScheme(Invalid):
    """What a draft holds cannot be taken; every fault names its part or rule."""

    code = "invalid_scheme"
    title = "The scheme is not valid"


@dataclass(frozen=True, slots=True)
class SchemeContent:
    """Parts and rules as they are stored, and the hash that names the rules."""

    parts: dict[str, Any]
    rules: dict[str, Any]
    rules_hash: str


def read_content(
    parts: Mapping[str, Any], rules: Mapping[str, Any], profile: Sequence[RoleCell], *, title: str, code: str
) -> SchemeContent:
    """Read what a draft is to hold; the part ``competences`` is added from the profile.

    Raises:
        InvalidScheme: with every fault of the code, the title, the parts and the rules.
    """
    faults = [*_name_faults(code, title), *misfits(parts)]
    if "competences" in parts:
        faults.append(Fault("/parts/competences", "is taken from the framework; leave it out"))
    read, rule_faults = _read_rules(rules, profile)
    faults += rule_faults
    if faults or read is None:
        message = "the scheme is refused"
        raise InvalidScheme(message, faults=faults)
    return SchemeContent({**parts, "competences": competences_part(profile)}, read.document, digest(read.document))


def misfitting_rules(rules: Mapping[str, Any], profile: Sequence[RoleCell]) -> list[Fault]:
    """Name every rule that cannot be read, or that no examination of this profile could show."""
    return _read_rules(rules, profile)[1]


def _read_rules(rules: Mapping[str, Any], profile: Sequence[RoleCell]) -> tuple[SchemeRules | None, list[Fault]]:
    try:
        read = SchemeRules.parse(dict(rules))
    except InvalidRules as refusal:
        return None, _below_rules(refusal.faults)
    areas, levels = dict.fromkeys(cell.area for cell in profile), {cell.level for cell in profile}
    return read, _below_rules([*read.area_faults(areas), *read.level_faults(levels)])


def _below_rules(faults: Iterable[Fault]) -> list[Fault]:
    return [Fault(f"/rules{fault.place}", fault.message) for fault in faults]


def _name_faults(code: str, title: str) -> list[Fault]:
    root = opened({"code": code, "title": title}, "")
    root.member("code").code()
    root.member("title").text()
    return [Fault(*fault) for fault in root.faults.items()]
