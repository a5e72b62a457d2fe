"""The documents stay true: state tables as the code has them, links that lead somewhere, commands that exist."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from certificates import revocation
from exam_engine.assembly import schemes
from exam_engine.delivery import lifecycle, schedule
from exam_engine.scoring import scripts
from question_bank import framework_drafts, items

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MACHINES: dict[str, Mapping[StrEnum, frozenset[StrEnum]]] = {
    "Item version": items.MOVES,  # type: ignore[dict-item]
    "Framework draft": framework_drafts.MOVES,  # type: ignore[dict-item]
    "Scheme version": schemes.MOVES,  # type: ignore[dict-item]
    "Sitting": schedule.MOVES,  # type: ignore[dict-item]
    "Attempt": lifecycle.MOVES,  # type: ignore[dict-item]
    "Script": scripts.MOVES,  # type: ignore[dict-item]
    "Credential": revocation.MOVES,  # type: ignore[dict-item]
}


def diagram(moves: Mapping[StrEnum, frozenset[StrEnum]]) -> str:
    """A state table as a Mermaid diagram, in the order of the table."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {next(iter(moves))}"]
    for state, onward in moves.items():
        lines += [f"    {state} --> {target}" for target in sorted(onward)] or [f"    {state} --> [*]"]
    return "\n".join([*lines, "```"])


@pytest.mark.parametrize("name", MACHINES)
def test_state_tables_are_drawn_as_they_are(name: str) -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    expected = f"### {name}\n\n{diagram(MACHINES[name])}"
    assert expected in text, f"docs/architecture.md should hold:\n\n{expected}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|media:|#)([^)#]+)", path.read_text())
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_commands_exist(path: Path) -> None:
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", path.read_text(), re.MULTILINE)) <= known


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))
    assert all(number.isdigit() for number in numbers)


def test_the_glossary_is_in_the_order_of_the_alphabet() -> None:
    rows = (ROOT / "docs" / "glossary.md").read_text().partition("|---")[2].splitlines()[1:]
    words = [row.split("|")[1].strip().casefold() for row in rows]
    assert words == sorted(words)


def test_the_help_lists_the_targets() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("setup", "demo", "test", "check", "bench", "migrate"):
        assert f"make {target} " in told
