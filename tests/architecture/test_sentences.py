"""What candidates and authors can be refused with is a sentence, so that their page can say it in their language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from exam_engine.http import app
from kernel.errors import DomainError

ROOT = Path(app.__file__).parents[2]
SPEAKING = (
    "exam_engine/delivery",
    "exam_engine/proctoring",
    "exam_engine/http/deps.py",
    "exam_engine/http/middleware.py",
    "exam_engine/http/signing_in.py",
    "exam_engine/http/api/response_files.py",
    "exam_engine/http/web",
    "exam_engine/scoring",
    "question_bank/*.py",
    "question_bank/item_kinds",
    "question_bank/marked_text",
    "question_bank/uploads",
    "question_bank/interchange",
    "kernel/accounts.py",
    "kernel/passwords.py",
    "kernel/permissions.py",
    "kernel/states.py",
)
"""Rooms and modules all of whose refusals can reach a page. What is not among them: decision 35."""
NOTES = {"refuse", "change", "lose", "Fault", "NotUnderstood"}
"""What notes a fault or a loss, beside the refusals themselves."""


def kinds(of: type[DomainError]) -> Iterator[str]:
    yield of.__name__
    for kind in of.__subclasses__():
        yield from kinds(kind)


SAYS = NOTES | set(kinds(DomainError))


def modules() -> list[Path]:
    found: set[Path] = set()
    for name in SPEAKING:
        found |= set((ROOT / name).rglob("*.py")) if (ROOT / name).is_dir() else set(ROOT.glob(name))
    return sorted(found)


def plain(tree: ast.AST) -> Iterator[int]:
    """Yield the lines on which something is refused in a text that knows no template."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        texts = {
            name.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and _is_text(node.value)
            for name in node.targets
            if isinstance(name, ast.Name)
        }
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            if getattr(call.func, "attr", getattr(call.func, "id", "")) in SAYS and any(
                _is_text(said) or (isinstance(said, ast.Name) and said.id in texts) for said in call.args
            ):
                yield call.lineno


def _is_text(node: ast.AST) -> bool:
    """Tell words from places and codes, which have no spaces."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(isinstance(part, ast.Constant) and " " in str(part.value) for part in parts)


def test_modules_are_found() -> None:
    assert len(modules()) > len(SPEAKING)


@pytest.mark.parametrize("module", modules(), ids=lambda module: str(module.relative_to(ROOT)))
def test_every_refusal_is_a_sentence(module: Path) -> None:
    assert list(plain(ast.parse(module.read_text()))) == []


def test_a_plain_text_is_found() -> None:
    tree = ast.parse('def f():\n    message = f"no {name}"\n    raise Invalid(message)\n')
    assert list(plain(tree)) == [3]
