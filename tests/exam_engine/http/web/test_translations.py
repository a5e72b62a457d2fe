"""Every message of the pages exists in every language, with the same placeholders."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import certificates
import exam_engine
import kernel
import question_bank
from exam_engine.http import web
from exam_engine.http.web.language import CATALOGUES
from exam_engine.languages import LANGUAGES, SOURCE

FOLDER = Path(web.__file__).parent
FLOORS = [Path(str(floor.__file__)).parent for floor in (kernel, certificates, question_bank, exam_engine)]
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "N_": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[sr]|\{\w+\}")
TRANSLATED = sorted(set(LANGUAGES) - {SOURCE})
UNTRANSLATED = {"API", "PAdES", "SHA-256"}


@cache
def messages() -> frozenset[str]:
    found = extract_from_dir(FOLDER, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    return frozenset(str(row[2]) for row in found) | sentences()


@cache
def sentences() -> frozenset[str]:
    """What the rooms say, of which any page may tell."""
    found = [extract_from_dir(floor, method_map=METHODS[:1], keywords={"say": None}) for floor in FLOORS]
    return frozenset(str(row[2]) for rows in found for row in rows)


@cache
def catalogue(language: str) -> Catalog:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def test_messages_are_found_in_code_and_in_templates() -> None:
    assert {"Handed in", "What happens next", "saved {time}"} <= messages()


def test_there_is_one_catalogue_for_each_language_and_no_other() -> None:
    assert sorted(path.stem for path in CATALOGUES.glob("*.po")) == TRANSLATED


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_message_lacks_its_translation_and_none_is_left_over(language: str) -> None:
    translated = {message.id for message in catalogue(language) if message.id and message.string and not message.fuzzy}
    assert translated == messages()
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_survive_translation(language: str) -> None:
    changed = [
        message.id
        for message in catalogue(language)
        if message.id and sorted(PLACEHOLDER.findall(message.id)) != sorted(PLACEHOLDER.findall(message.string))
    ]
    assert changed == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_ends_as_its_message_does(language: str) -> None:
    """A sentence stays a sentence, a label stays a label."""
    marks = (".", ":", "?", "…", "%", ")")
    ending = {mark: mark for mark in marks} | {";": "?"}
    changed = [
        (message.id, message.string)
        for message in catalogue(language)
        if message.id and ending.get(message.id[-1]) != ending.get(message.string[-1])
    ]
    assert changed == []


@pytest.mark.parametrize("language", ["bg", "el"])
def test_another_alphabet_is_really_used(language: str) -> None:
    latin = [
        message.string
        for message in catalogue(language)
        if message.id and not re.search(r"[^\x00-\u024f\u2000-\u2fff]", PLACEHOLDER.sub("", message.string))
    ]
    assert [string for string in latin if re.search(r"[a-z]{3}", PLACEHOLDER.sub("", string))] == []
