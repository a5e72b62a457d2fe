"""The house rules, read from the code itself: floors, commits, clocks, personal data, sizes, names."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from exam_engine.tables import METADATA

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kernel", "question_bank", "certificates", "exam_engine")
DOORS = ("exam_engine/http/", "exam_engine/cli", "exam_engine/worker", "exam_engine/demo", "exam_engine/installation")
LINES_MAX, FUNCTION_LINES_MAX, ROUTES_MAX = 400, 60, 8
JOURNAL = "exam_engine/delivery/batches.py"
"""The hot path writes batches of its own: docs/decisions/0006-the-hot-path.md."""
TURNS = "kernel/turns.py"
"""The connection that gives its turn to write back after its transaction has ended."""
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "manager", "service", "handler", "impl", "misc"}
EXAM_NOUNS = {"exam", "item", "candidate", "competence", "blueprint", "sitting", "attempt", "proctor", "certificate"}
PII_KINDS = {"identity", "contact", "assessment", "secret", "link"}


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product by its path, parsed."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths}


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Names of everything called, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr=name) | ast.Name(id=name):
                    yield name, node.lineno


def is_door(path: str) -> bool:
    return path.startswith(DOORS)


def test_import_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_only_the_database_commits() -> None:
    """Transactions end in kernel/db.py, opened by doors; nobody else commits or rolls back."""
    found = [
        f"{path}:{line}"
        for path, tree in modules().items()
        for name, line in calls(tree)
        if name in {"commit", "rollback"} and path not in {JOURNAL, TURNS}
    ]
    assert found == []


def test_only_doors_open_transactions() -> None:
    found = [
        f"{path}:{line}"
        for path, tree in modules().items()
        for name, line in calls(tree)
        if name in {"transaction", "reading"} and not is_door(path) and path != JOURNAL
    ]
    assert found == []


def test_only_doors_read_the_clock() -> None:
    found = [
        path
        for path, tree in modules().items()
        if not is_door(path) and path != "kernel/clock.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "kernel.clock"
    ]
    assert found == []


def test_doors_do_not_raise_http_exceptions() -> None:
    found = [
        f"{path}:{line}"
        for path, tree in modules().items()
        for name, line in calls(tree)
        if name == "HTTPException" and path != "exam_engine/http/app.py"
    ]
    assert found == []


@pytest.mark.parametrize("name", sorted(METADATA.tables))
def test_every_table_declares_owner_and_personal_data(name: str) -> None:
    table = METADATA.tables[name]
    assert {"pii", "unowned", "append_only"} <= table.info.keys(), f"{name}: add table_facts(...)"
    assert set(table.info["pii"]) <= set(table.c.keys()), f"{name}: pii names a column that is not there"
    assert set(table.info["pii"].values()) <= PII_KINDS
    owned = "organisation_id" in table.c
    assert owned != bool(table.info["unowned"]), f"{name}: an organisation, or the reason why not - not both"


@pytest.mark.parametrize("name", sorted(METADATA.tables))
def test_links_to_accounts_are_personal_data(name: str) -> None:
    table = METADATA.tables[name]
    links = {
        key.parent.name
        for key in table.foreign_keys
        if key.column.table.name == "accounts" and not key.parent.name.startswith("published_")
    }
    # Who published, assembled or released is official, but still a person: declared as a link as well.
    assert links <= set(table.info["pii"]), f"{name}: {links - set(table.info['pii'])} link to a person"


def test_kernel_knows_no_exam() -> None:
    """Names defined on the ground floor hold no noun of the exam world, but for the one permission table."""
    found = [
        f"{path}: {name}"
        for path, tree in modules().items()
        if path.startswith("kernel/") and path != "kernel/permissions.py"
        for node in ast.walk(tree)
        for name in [getattr(node, "name", None)]
        if isinstance(name, str) and EXAM_NOUNS & set(name.lower().split("_"))
    ]
    assert found == []


def test_names_are_nouns_of_the_field() -> None:
    """Pages are named after their audience, and the manager is one: the account role."""
    audience = "exam_engine/http/web/manager.py"
    found = [path for path in modules() if FORBIDDEN_NAMES & set(Path(path).with_suffix("").parts) and path != audience]
    assert found == []


def test_sizes(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints the sizes of the house, and fails where a file or a function must be split."""
    files = {path: len((ROOT / path).read_text().splitlines()) for path in modules()}
    functions = {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    with capsys.disabled():
        print(f"\n  files: {_spread(files)} lines; functions: {_spread(functions)} lines")
    assert {path: lines for path, lines in files.items() if lines > LINES_MAX} == {}
    assert {name: lines for name, lines in functions.items() if lines > FUNCTION_LINES_MAX} == {}


def test_routes_per_file() -> None:
    routes = {
        path: sum(
            1
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for decorator in node.decorator_list
            if isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Attribute)
            and decorator.func.attr in {"get", "post", "put", "patch", "delete"}
        )
        for path, tree in modules().items()
        if path.startswith("exam_engine/http/")
    }
    assert {path: count for path, count in routes.items() if count > ROUTES_MAX} == {}


def _spread(sizes: dict[str, int]) -> str:
    ordered = sorted(sizes.values())
    return f"median {ordered[len(ordered) // 2]}, p95 {ordered[int(len(ordered) * 0.95)]}, longest {ordered[-1]}"
