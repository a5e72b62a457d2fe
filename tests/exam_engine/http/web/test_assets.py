from __future__ import annotations

import posixpath
import re

import pytest

from exam_engine.http.web.assets import FOLDER, KEEP, asset_url, assets
from question_bank.media_types import SUFFIXES
from tests.exam_engine.http.web.visitor import Visitor
from tests.stage import Site

STYLES = sorted(name for name in assets().files if name.endswith(".css"))
SCRIPTS = sorted(name for name in assets().files if name.endswith(".js"))


def test_a_file_is_kept_for_ever_under_the_hash_of_its_content(site: Site) -> None:
    reply = Visitor.at(site).led(asset_url("styles/page.css"))
    assert reply.headers["cache-control"] == KEEP
    assert reply.headers["content-type"].startswith("text/css")
    assert reply.content == (FOLDER / "styles/page.css").read_bytes()


def test_under_an_older_hash_a_file_is_served_but_not_kept(site: Site) -> None:
    reply = Visitor.at(site).led("/static/000000000000/scripts/exam/page.js")
    assert (reply.status_code, reply.headers["cache-control"]) == (200, "no-cache")
    assert reply.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("name", ["nothing.css", "..%2frendering.py", "styles", ""])
def test_what_is_no_asset_is_not_found(site: Site, name: str) -> None:
    assert Visitor.at(site).led(f"/static/{assets().content_hash}/{name}").status_code == 404


def test_an_asset_that_does_not_exist_is_noticed_when_the_page_is_made() -> None:
    with pytest.raises(KeyError):
        asset_url("styles/nowhere.css")


@pytest.mark.parametrize("name", STYLES)
def test_styles_name_only_files_that_are_there(name: str) -> None:
    text = assets().files[name].decode()
    named = re.findall(r'url\("([^"]+)"\)', text)
    assert all(posixpath.normpath(posixpath.join(posixpath.dirname(name), url)) in assets().files for url in named)
    assert "@import" not in text
    assert "http" not in text


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_import_only_files_that_are_there(name: str) -> None:
    text = assets().files[name].decode()
    named = re.findall(r'^import .* from "([^"]+)";', text, re.MULTILINE)
    assert all(posixpath.normpath(posixpath.join(posixpath.dirname(name), url)) in assets().files for url in named)
    assert "http:" not in text.replace('"http://www.w3.org/2000/svg"', "")  # a name, which nobody looks up
    assert "https:" not in text
    assert "eval(" not in text


def test_only_the_tokens_name_colours() -> None:
    """A colour anywhere else would be missing in the dark, in print, or both."""
    raw = re.compile(r"#[0-9a-fA-F]{3,8}\b(?!-)|rgb\(|hsl\(|oklch\(")
    named = {
        name: raw.findall(_rules(name)) for name in STYLES if name not in {"styles/tokens.css", "styles/print.css"}
    }
    assert {name: found for name, found in named.items() if found} == {}


def _rules(name: str) -> str:
    """Return the declarations of a sheet, without selectors, which may begin with ``#`` too."""
    return "\n".join(re.findall(r"\{([^{}]*)\}", assets().files[name].decode()))


def test_what_kinds_are_made_of_is_styled_as_nothing_else() -> None:
    """Previews show an item within other pages, whose tables and forms must not reach into it, nor it into them."""
    sheets = {name: _classes(assets().files[name].decode()) for name in STYLES}
    own = {name for name, everywhere in sheets.pop("styles/kinds.css").items() if everywhere}
    assert "number-answer" in own
    # What draws and lists spots on the form of an item, and how far the paragraphs of every text are apart.
    adapted = {"styles/bank.css": {"spot"}, "styles/exam.css": {"gap-passage"}}
    for name, classes in sheets.items():
        assert own & classes.keys() <= adapted.get(name, set()), name


def _classes(sheet: str) -> dict[str, bool]:
    """Return the classes of a sheet, and whether each is styled wherever it stands."""
    found: dict[str, bool] = {}
    for selectors in re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)):
        for selector in selectors.split(","):
            for name in re.findall(r"\.([a-z][\w-]*)", selector):
                found[name] = found.get(name, False) or bool(re.match(rf"\s*\.{name}(?![\w-])", selector))
    return found


def test_the_exam_page_knows_the_suffix_of_every_file_that_can_be_asked_for() -> None:
    script = assets().files["scripts/exam/kinds/uploads.js"].decode()
    (table,) = re.findall(r"const SUFFIXES = \{(.*?)\};", script, re.DOTALL)
    assert dict(re.findall(r'"(.+?)": "(.+?)",', table)) == SUFFIXES
