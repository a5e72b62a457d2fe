"""The command line: each duty works on the installation of the environment, and says what is wrong in one message."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from typer.main import get_group

from exam_engine.cli import DUTIES

PROGRAM = Path(sys.executable).with_name("exam-engine")
ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "question_bank" / "sample"
BY_MANAGER = ("--body", "sofia", "--as", "m@sofia.example")
BY_AUTHOR = ("--body", "sofia", "--as", "a@sofia.example")


def environment_in(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXAM_ENGINE_")}
    return {**kept, "EXAM_ENGINE_DATA_DIR": str(folder), "EXAM_ENGINE_LOG_LEVEL": "error"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return environment_in(tmp_path / "data")


@pytest.fixture(scope="module")
def founded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation with a body, its manager and author, and the sample framework."""
    folder = tmp_path_factory.mktemp("founded") / "data"
    environment = environment_in(folder)
    run(environment, "migrate")
    run(environment, "found-body", "sofia", "Sofia Body")
    for email, role in (("m@sofia.example", "manager"), ("a@sofia.example", "author")):
        run(environment, "open-account", "sofia", email, "A Person", "--role", role, typed="a long password\n" * 2)
    told = run(environment, "import-framework", str(SAMPLE / "framework.json"), *BY_MANAGER)
    assert "smart-city-sample" in told
    return folder


@pytest.fixture
def founded(founded_once: Path, environment: dict[str, str]) -> dict[str, str]:
    """The environment of an installation of one's own, like the founded one."""
    shutil.copytree(founded_once, environment["EXAM_ENGINE_DATA_DIR"])
    return environment


def run(environment: dict[str, str], *words: str, typed: str = "", fails: bool = False) -> str:
    done = subprocess.run(
        [PROGRAM, *words], env=environment, input=typed, capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode != 0) is fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_body_imports_its_framework_and_items(founded: dict[str, str]) -> None:
    pictures = sorted((SAMPLE / "media").glob("*.png"))
    told = run(founded, "add-media", *(str(picture) for picture in pictures), *BY_AUTHOR)
    assert [line.partition(": media:")[0] for line in told.splitlines()] == [str(picture) for picture in pictures]
    files = [str(SAMPLE / "items" / name) for name in ("A1.json", "A2.json")]
    items = run(founded, "import-items", "smart-city-sample", *files, *BY_AUTHOR)
    counted = len(json.loads(Path(files[0]).read_text())["items"])
    assert f"A1.json: {counted} items" in items
    assert "sofia: " in run(founded, "audit", "verify")


def test_a_bank_is_written_whole_from_the_version_it_stands_on(founded: dict[str, str], tmp_path: Path) -> None:
    document = json.loads((SAMPLE / "items" / "A1.json").read_text())
    document["items"] = [item | {"enemies": []} for item in document["items"][:2]]
    items = tmp_path / "items.json"
    items.write_text(json.dumps(document))
    run(founded, "import-items", "smart-city-sample", str(items), *BY_AUTHOR)
    framework = json.loads((SAMPLE / "framework.json").read_text())
    earlier, framework["framework"]["version"] = framework["framework"]["version"], "99"
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps(framework))
    run(founded, "import-framework", str(newer), *BY_MANAGER)
    bank = tmp_path / "bank.zip"
    command = ("export-items", "smart-city-sample", str(bank), *BY_AUTHOR)
    told = run(founded, *command)
    assert f"stands on version {earlier} of the framework" in told
    assert f"{bank}: 0 items" in told
    told = run(founded, *command, "--version", earlier)
    assert f"{bank}: 2 items" in told
    assert "stands on" not in told
    assert sorted(file.name for file in tmp_path.glob("bank*")) == ["bank.zip"]


def test_a_refused_import_names_file_and_place_and_changes_nothing(founded: dict[str, str], tmp_path: Path) -> None:
    document = json.loads((SAMPLE / "framework.json").read_text())
    document["competences"][3]["eqf"]["SCPD"] = 9
    document["competences"][5]["area"] = "A99"
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))
    before = run(founded, "audit", "verify")
    told = run(founded, "import-framework", str(broken), *BY_MANAGER, fails=True)
    assert "broken.json#/competences/3/eqf/SCPD" in told
    assert "broken.json#/competences/5/area" in told
    assert "Traceback" not in told
    assert run(founded, "audit", "verify") == before


def test_only_whoever_may_import_does(founded: dict[str, str]) -> None:
    told = run(
        founded,
        *("import-framework", str(SAMPLE / "framework.json"), *BY_AUTHOR),
        fails=True,
    )
    assert "no manager with this address" in told


def test_audit_verify_finds_a_changed_entry(founded: dict[str, str]) -> None:
    told = run(founded, "audit", "verify")
    head = told.split("head ")[1].split(":")[0]
    run(founded, "open-account", "sofia", "p@sofia.example", "P", "--role", "proctor", typed="a long password\n" * 2)
    assert run(founded, "audit", "verify", "--expect-head", head), "honest entries after it do no harm"
    engine = create_engine(f"sqlite:///{founded['EXAM_ENGINE_DATA_DIR']}/exam-engine.db")
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entries_append_only_update"))
        connection.execute(text("UPDATE audit_entries SET subject = 'issuer:somebody-else' WHERE sequence = 1"))
    engine.dispose()
    told = run(founded, "audit", "verify", fails=True)
    assert "DOES NOT HOLD" in told
    assert "entry 1 " in told
    assert "no chain holds" in run(founded, "audit", "verify", "--expect-head", "0" * 63 + "1", fails=True)


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


def test_every_command_asks_for_migrated_tables_first(environment: dict[str, str]) -> None:
    for words in (("found-body", "sofia", "Sofia Body"), ("worker",), ("audit", "verify")):
        told = run(environment, *words, fails=True)
        assert "exam-engine migrate" in told
        assert "Traceback" not in told


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("WEB_PROCESSES", "many"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none"),
        ("STORAGE_URL", "ftp://elsewhere"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], setting: str, value: str) -> None:
    told = run({**environment, f"EXAM_ENGINE_{setting}": value}, "migrate", fails=True)
    assert f"EXAM_ENGINE_{setting}: " in told
    assert "Traceback" not in told


def test_an_account_has_a_language_that_the_pages_speak(environment: dict[str, str]) -> None:
    words = ("open-account", "sofia", "c@sofia.example", "C", "--role", "candidate", "--language", "xx")
    assert "no pages in 'xx'; write one of en, " in run(environment, *words, fails=True)


def test_a_file_that_is_no_medium_is_named_and_nothing_is_added(founded: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>no picture</p>")
    picture = next((SAMPLE / "media").glob("*.png"))
    before = run(founded, "audit", "verify")
    told = run(founded, "add-media", str(picture), str(tmp_path / "page.html"), *BY_AUTHOR, fails=True)
    assert "page.html: this is a text with tags" in told
    assert run(founded, "audit", "verify") == before


def test_every_command_is_found_in_its_module() -> None:
    """A command is loaded by its name alone, so the table of names must be whole."""
    modules = {path.stem for path in (ROOT / "exam_engine" / "cli").glob("*.py")} - {"__init__", "opening", "exchange"}
    assert set(DUTIES) == modules
    for module, names in DUTIES.items():
        found = get_group(import_module(f"exam_engine.cli.{module}").app)
        assert set(found.commands) == set(names)


def test_a_missing_file_is_named(environment: dict[str, str]) -> None:
    told = run(environment, "import-framework", "none.json", *BY_MANAGER, fails=True)
    assert "'none.json' does not exist" in told


def test_the_demo_tells_one_json_object(environment: dict[str, str], tmp_path: Path) -> None:
    told = subprocess.run(
        [PROGRAM, "demo", "--no-serve", "--json", "--folder", str(tmp_path / "demo")],
        env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
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


def test_a_document_with_losses_is_previewed_and_then_agreed_to(founded: dict[str, str], tmp_path: Path) -> None:
    bank = tmp_path / "bank.gift"
    bank.write_text("// [tag:level=5]\n::Q1::Which? {=a ~b}\n\nWrite {}\n")
    facts = (
        "competence=A1.1",
        "cognitive=apply",
        "expected_difficulty=0.6",
        "expected_seconds=60",
        "rationale=x",
        "source=y",
    )
    command = ["import-items", "smart-city-sample", str(bank), *BY_AUTHOR]
    command += ["--format", "gift", *(word for fact in facts for word in ("--supply", fact))]
    told = run(founded, *command, "--preview")
    assert "1 items would be taken (1 new, 0 next versions, 0 as they are); 1 map exactly" in told
    assert f"{bank}:4: the question in line 4: asks for an essay" in told
    assert "you have not agreed to it" in run(founded, *command, fails=True)
    agreement = told.split("--agreement ")[1].split()[0]
    assert f"{bank}: 1 items" in run(founded, *command, "--agreement", agreement)
    assert "sofia: " in run(founded, "audit", "verify")


def test_uses_are_counted_on_demand(founded: dict[str, str]) -> None:
    assert "sittings counted: 0" in run(founded, "count-uses")
    assert "sittings counted: 0" in run(founded, "count-uses", "--again")


def test_an_account_gets_other_roles_and_a_new_password(founded: dict[str, str]) -> None:
    change = ("change-account", "sofia", "a@sofia.example")
    typed = "another long password\n" * 2
    words = (*change, "--role", "reviewer", "--without", "author", "--password-prompt")
    told = run(founded, *words, typed=typed)
    assert ": reviewer\n" in told
    assert "another long password" not in told
    assert "nothing to change" in run(founded, *change, fails=True)
    assert "no account with this address" in run(
        founded, "change-account", "sofia", "x@sofia.example", "--role", "author", fails=True
    )
    assert "no certification body 'plovdiv'" in run(
        founded, "change-account", "plovdiv", "a@sofia.example", "--role", "author", fails=True
    )
    assert "no address on the web" in run(founded, "found-body", "varna", "Varna", "--website", "varna", fails=True)
    assert "sofia: " in run(founded, "audit", "verify")


def test_a_setting_is_blamed_only_where_the_connection_failed(founded: dict[str, str]) -> None:
    database = f"{founded['EXAM_ENGINE_DATA_DIR']}/exam-engine.db"
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE memberships RENAME TO elsewhere"))
    engine.dispose()
    told = run(founded, "change-account", "sofia", "a@sofia.example", "--role", "proctor", fails=True)
    assert "no such table" in told
    assert "EXAM_ENGINE_DATABASE_URL" not in told
