"""The command line: each duty works on the installation of the environment, and says what is wrong in one message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

PROGRAM = Path(sys.executable).with_name("exam-engine")
ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "question_bank" / "sample"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXAM_ENGINE_")}
    return {**kept, "EXAM_ENGINE_DATA_DIR": str(tmp_path / "data"), "EXAM_ENGINE_LOG_LEVEL": "error"}


def run(environment: dict[str, str], *words: str, typed: str = "", fails: bool = False) -> str:
    done = subprocess.run(
        [PROGRAM, *words], env=environment, input=typed, capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode != 0) is fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def found(environment: dict[str, str]) -> None:
    run(environment, "migrate")
    run(environment, "found-body", "sofia", "Sofia Body")
    for email, role in (("m@sofia.example", "manager"), ("a@sofia.example", "author")):
        run(environment, "open-account", "sofia", email, "A Person", "--role", role, typed="a long password\n" * 2)


def test_a_body_imports_its_framework_and_items(environment: dict[str, str]) -> None:
    found(environment)
    framework = run(
        environment, "import-framework", str(SAMPLE / "framework.json"), "--body", "sofia", "--as", "m@sofia.example"
    )
    assert "smart-city-sample" in framework
    files = [str(SAMPLE / "items" / name) for name in ("A1.json", "A2.json")]
    items = run(environment, "import-items", "smart-city-sample", *files, "--body", "sofia", "--as", "a@sofia.example")
    assert "A1.json: 50 items" in items
    assert "sofia: " in run(environment, "audit", "verify")


def test_a_refused_import_names_file_and_place_and_changes_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    found(environment)
    document = json.loads((SAMPLE / "framework.json").read_text())
    document["competences"][3]["eqf"]["SCPD"] = 9
    document["competences"][5]["area"] = "A99"
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))
    before = run(environment, "audit", "verify")
    told = run(environment, "import-framework", str(broken), "--body", "sofia", "--as", "m@sofia.example", fails=True)
    assert "broken.json#/competences/3/eqf/SCPD" in told
    assert "broken.json#/competences/5/area" in told
    assert "Traceback" not in told
    assert run(environment, "audit", "verify") == before


def test_only_whoever_may_import_does(environment: dict[str, str]) -> None:
    found(environment)
    told = run(
        environment,
        *("import-framework", str(SAMPLE / "framework.json"), "--body", "sofia", "--as", "a@sofia.example"),
        fails=True,
    )
    assert "no manager with this address" in told


def test_audit_verify_finds_a_changed_entry(environment: dict[str, str]) -> None:
    found(environment)
    told = run(environment, "audit", "verify")
    head = told.split("head ")[1].split(":")[0]
    run(
        environment, "open-account", "sofia", "p@sofia.example", "P", "--role", "proctor", typed="a long password\n" * 2
    )
    assert run(environment, "audit", "verify", "--expect-head", head), "honest entries after it do no harm"
    engine = create_engine(f"sqlite:///{environment['EXAM_ENGINE_DATA_DIR']}/exam-engine.db")
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entries_append_only_update"))
        connection.execute(text("UPDATE audit_entries SET subject = 'issuer:somebody-else' WHERE sequence = 1"))
    engine.dispose()
    told = run(environment, "audit", "verify", fails=True)
    assert "DOES NOT HOLD" in told
    assert "entry 1 " in told
    assert "no chain holds" in run(environment, "audit", "verify", "--expect-head", "0" * 63 + "1", fails=True)


def test_keys_rotate(environment: dict[str, str]) -> None:
    run(environment, "migrate")
    first = run(environment, "keys", "list").split()
    fresh = run(environment, "keys", "rotate").split()[1]
    assert run(environment, "keys", "list").split() == [fresh, *first]
    ring = {**environment, "EXAM_ENGINE_TOKEN_KEYS": "k1:" + "A" * 43}
    assert "EXAM_ENGINE_TOKEN_KEYS" in run(ring, "keys", "rotate", fails=True)


def test_serving_needs_migrated_tables_and_redis_for_several_processes(environment: dict[str, str]) -> None:
    assert "exam-engine migrate" in run(environment, "serve", "--port", "0", fails=True)
    several = {**environment, "EXAM_ENGINE_WEB_PROCESSES": "2"}
    assert "EXAM_ENGINE_REDIS_URL" in run(several, "serve", fails=True)


def test_the_demo_tells_one_json_object(environment: dict[str, str], tmp_path: Path) -> None:
    told = subprocess.run(
        [PROGRAM, "demo", "--no-serve", "--json", "--folder", str(tmp_path / "demo")],
        env=environment, capture_output=True, text=True, check=True, timeout=100,
    )  # fmt: skip
    ending = json.loads(told.stdout)
    assert told.stdout.count("\n") == 1
    needed = "form_id attempt_id result_id credential_id score passed areas levels certificate_pdf verify_url"
    assert {*needed.split(), "elapsed_seconds"} <= set(ending)
    assert ending["passed"] is True
    assert len(ending["areas"]) == len(ending["levels"]) == 8
    assert Path(ending["certificate_pdf"]).read_bytes().startswith(b"%PDF-")
    again = run(environment, "demo", "--no-serve", "--json", "--folder", str(tmp_path / "demo"))
    assert json.loads(again)["score"] == ending["score"]


def test_the_demo_empties_no_folder_of_yours(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    told = run(environment, "demo", "--no-serve", "--folder", str(tmp_path / "mine"), fails=True)
    assert "not made by a demo" in told
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
