"""Levels: the issuer's honest sentence in every language, and no name that claims more than it says."""

# ruff: noqa: RUF001 - it speaks Bulgarian and Greek

from __future__ import annotations

import re

import pytest

from certificates.levels import LEVEL_STATEMENTS, claim_faults, level_meaning, level_statement, level_text
from exam_engine.languages import LANGUAGES

MODELLED = {
    "en": "modelled on",
    "bg": "по образеца",
    "ro": "după modelul",
    "es": "según el modelo",
    "el": "κατά το πρότυπο",
    "de": "nachgebildet",
}
BY_THE_ISSUER = {
    "en": "by the issuer",
    "bg": "от издателя",
    "ro": "de emitent",
    "es": "por el emisor",
    "el": "από τον εκδότη",
    "de": "von der ausstellenden Stelle",
}


def test_there_is_a_sentence_in_every_language_of_the_pages() -> None:
    assert set(LEVEL_STATEMENTS) == set(LANGUAGES) == set(MODELLED) == set(BY_THE_ISSUER)


@pytest.mark.parametrize("language", LEVEL_STATEMENTS)
def test_every_sentence_says_that_descriptors_are_modelled_and_that_the_issuer_assessed(language: str) -> None:
    sentence = level_statement(language)
    assert MODELLED[language] in sentence
    assert BY_THE_ISSUER[language] in sentence
    assert sentence.count("{level}") == 1
    assert re.search(r"\b(EQF|EQR|MEC|CEC|ЕКР|ΕΠΕΠ)\b", sentence)


def test_a_language_without_a_sentence_reads_the_english_one() -> None:
    assert level_statement("pt-BR") == level_statement("en") == level_statement("en-GB")
    assert level_statement("DE") == level_statement("de")


def test_a_level_means_what_the_sentence_says_and_nothing_is_not_a_level() -> None:
    sentence = level_statement("en")
    assert level_meaning(sentence, 6) == "assessed against descriptors modelled on EQF level 6 by the issuer"
    assert level_meaning(sentence, "N") == "assessed against descriptors modelled on EQF level N by the issuer"
    assert level_meaning(sentence, None) == "no level is stated"
    assert (level_text(6), level_text(None)) == ("6", "\u2013")


@pytest.mark.parametrize(
    "name",
    [
        "Smart city manager, EQF level 6",
        "EQF6 developer",
        "Developer (eqf-accredited)",
        "Developer of the European Qualifications Framework",
        "Projektleiterin EQR 5",
        "Niveau 6 des Europäischen Qualifikationsrahmens",
        "Мениджър, ниво 6 по ЕКР",
        "Ниво 6 от Европейската квалификационна рамка",
        "Manager, nivelul 6 CEC",
        "Cadrul European al Calificărilor, nivelul 6",
        "Gestora, nivel 6 del MEC",
        "Marco Europeo de Cualificaciones 6",
        "Διαχειριστής, επίπεδο 6 του ΕΠΕΠ",
        "Επίπεδο 6 του Ευρωπαϊκού Πλαισίου Προσόντων",
    ],
)
def test_a_name_that_claims_a_level_is_refused_at_its_place(name: str) -> None:
    (fault,) = claim_faults("title", name)
    assert fault.place == "title"
    assert "European Qualifications Framework" in fault.message


@pytest.mark.parametrize(
    "name",
    ["Smart City Project Developer", "Level 6 in the building", "Mechanical works", "Cecilia's framework", "Технолог"],
)
def test_other_names_are_left_alone(name: str) -> None:
    assert claim_faults("title", name) == []
