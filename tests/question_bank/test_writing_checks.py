"""Writing checks: each finds what it asks about and nothing else, in the languages it says it knows, finished or not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.writing_checks import CHECKS, findings_in
from question_bank.writing_checks.readability import WORDS_MIN, reading_of, syllables_in
from tests.builders.samples import SAMPLES

SHA = "0" * 64
PLAIN = "The committee reads the report before it decides on the budget of the city."


def choice(*texts: str, stem: str = "What does the city do first?", right: int = 0) -> dict[str, Any]:
    options = [{"id": f"o{index}", "text": text} for index, text in enumerate(texts)]
    return {"stem": stem, "options": options, "key": [f"o{right}"]}


FOUND: list[tuple[str, str, dict[str, Any], str]] = [
    ("longest_key", "en", choice("It publishes the data with a licence and a contact", "It waits", "It pays"), "o"),
    ("article", "en", choice("apple", "pear", stem="The mayor eats an"), "/stem"),
    ("plural", "en", choice("The trams", "The tram", stem="What the city buys are"), "/stem"),
    ("all_or_none", "en", choice("A tram", "All of the above."), "/options/1/text"),
    ("all_or_none", "de-AT", choice("Eine Tram", "Keine der genannten"), "/options/1/text"),
    ("all_or_none", "es", choice("Un tranvía", "Todas las anteriores"), "/options/1/text"),
    ("all_or_none", "bg", choice("Трамвай", "Всички изброени"), "/options/1/text"),
    ("all_or_none", "ro", choice("Un tramvai", "Toate cele de mai sus"), "/options/1/text"),
    ("all_or_none", "el", choice("Ένα τραμ", "Όλα τα παραπάνω"), "/options/1/text"),
    ("absolutes", "en", choice("It often helps", "It never helps"), "/options/1/text"),
    ("absolutes", "de", choice("Es hilft oft", "Es hilft nie"), "/options/1/text"),
    ("absolutes", "es", choice("Ayuda a menudo", "No ayuda nunca"), "/options/1/text"),
    ("absolutes", "bg", choice("Често помага", "Никога не помага"), "/options/1/text"),
    ("absolutes", "ro", choice("Ajută des", "Nu ajută niciodată"), "/options/1/text"),
    ("absolutes", "el", choice("Συχνά βοηθά", "Ποτέ δεν βοηθά"), "/options/1/text"),
    ("overlap", "en", choice("from 5 to 10 km", "from 8 to 12 km"), "/options/1/text"),
    ("overlap", "en", choice("the city opens its data to all people", "The city opens its data to all people!"), "/o"),
    ("unordered_numbers", "en", choice("12 km", "5 km", "8 km"), "/options"),
    ("negative", "en", choice("a", "b", stem="A city plans. Which step is not needed?"), "/stem"),
    ("negative", "de", choice("a", "b", stem="Welcher Schritt ist nicht nötig?"), "/stem"),
    ("negative", "es", choice("a", "b", stem="¿Qué paso no es necesario?"), "/stem"),
    ("negative", "bg", choice("a", "b", stem="Коя стъпка не е нужна?"), "/stem"),  # noqa: RUF001
    ("negative", "ro", choice("a", "b", stem="Ce pas nu este necesar?"), "/stem"),
    ("negative", "el", choice("a", "b", stem="Ποιο βήμα δεν χρειάζεται;"), "/stem"),
    ("hard_to_read", "ro", choice("a", "b", stem="cuvânt " * 40), "/stem"),
    ("hard_to_read", "en", choice("a", "b", stem="Interoperability considerations notwithstanding. " * 20), "/stem"),
    ("long_stem", "en", choice("a", "b", stem="A short one. " * 60), "/stem"),
    ("empty_alternative", "en", choice("a", "b", stem=f"See ![Figure 1](media:{SHA}.png)"), "/stem"),
    ("empty_alternative", "bg", choice("a", "b", stem=f"Вижте ![снимка](media:{SHA}.png)"), "/stem"),
    ("empty_alternative", "en", choice("a", f"![plan.png](media:{SHA}.png)"), "/options/1/text"),
]
PASSED: list[tuple[str, str, dict[str, Any]]] = [
    ("longest_key", "en", choice("It publishes the data with a licence", "It waits until somebody asks for it")),
    ("article", "en", choice("apple", "orange", stem="The mayor eats an")),
    ("plural", "en", choice("The trams", "The buses", stem="What the city buys are")),
    ("all_or_none", "en", choice("All of it", "None")),
    ("absolutes", "en", choice("It always helps", "It never helps")),
    ("overlap", "en", choice("from 5 to 8 km", "from 8 to 12 km")),
    ("overlap", "en", choice("first the grant, then the loan", "first the loan, then the grant")),
    ("unordered_numbers", "en", choice("5 km", "8 km", "12 km")),
    ("unordered_numbers", "en", choice("12 km", "8 km", "5 km")),
    ("unordered_numbers", "en", choice("12 km", "5 m", "8 km")),
    ("negative", "en", choice("a", "b", stem="The data are not open. Which step comes first?")),
    ("negative", "en", choice("a", "b", stem="Which step is **not** needed?")),
    ("negative", "en", choice("a", "b", stem="Which step is NOT needed?")),
    ("negative", "fr", choice("a", "b", stem="Quelle étape ne faut-il not?")),
    ("hard_to_read", "en", choice("a", "b", stem=f"{PLAIN} " * 4)),
    ("long_stem", "en", choice("a", "b", stem=PLAIN)),
    ("empty_alternative", "en", choice("a", "b", stem=f"![A tram crosses the river](media:{SHA}.png)")),
]


def places(check: str, language: str, content: dict[str, Any]) -> list[str]:
    return [finding.place for finding in findings_in(language, content) if finding.check.id == check]


@pytest.mark.parametrize(("check", "language", "content", "place"), FOUND)
def test_what_is_asked_about_is_found(check: str, language: str, content: dict[str, Any], place: str) -> None:
    found = places(check, language, content)
    assert found
    assert all(place in one for one in found)


@pytest.mark.parametrize(("check", "language", "content"), PASSED)
def test_what_is_well_written_passes(check: str, language: str, content: dict[str, Any]) -> None:
    assert places(check, language, content) == []


def test_every_check_has_an_example_and_a_name_of_its_own() -> None:
    assert {check.id for check in CHECKS} == {check for check, *_ in FOUND} == {check for check, *_ in PASSED}
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert all(check.version > 0 and check.explanation for check in CHECKS)


@pytest.mark.parametrize("kind", list(SAMPLES))
def test_places_lead_into_the_item(kind: str) -> None:
    content = SAMPLES[kind].content
    for finding in findings_in("en", content):
        value: Any = content
        for step in finding.place.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab1 *not![](.|\n", max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "text", "options"]), inner),
    max_leaves=12,
)
names = st.sampled_from(["stem", "passage", "options", "columns", "gaps", "key", "rows", "rationale"])


@given(st.dictionaries(names, anything), st.sampled_from(["en", "de", "es", "bg", "ro", "el", "fr", "pt-BR"]))
def test_whatever_an_author_has_written_so_far_can_be_checked(content: dict[str, Any], language: str) -> None:
    for finding in findings_in(language, content):
        assert finding.check.speaks(language.partition("-")[0])
        assert finding.place.startswith("/")


@given(st.permutations(["5 km", "8 km", "12 km", "20 km"]))
def test_numbers_are_in_order_or_they_are_not(texts: list[str]) -> None:
    numbers = [int(text.split()[0]) for text in texts]
    in_order = numbers in (sorted(numbers), sorted(numbers, reverse=True))
    assert (places("unordered_numbers", "en", choice(*texts)) == []) == in_order


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [
        *(("make", "en", 1), ("table", "en", 2), ("people", "en", 2), ("the", "en", 1), ("cities", "en", 2)),
        *(("straße", "de", 2), ("bäume", "de", 2), ("europa", "de", 3), ("zeit", "de", 1)),
        *(("ciudad", "es", 2), ("país", "es", 2), ("guía", "es", 2), ("agua", "es", 2), ("queso", "es", 2)),
    ],
)
def test_syllables(word: str, language: str, count: int) -> None:
    assert syllables_in(word, language) == count


def test_readability_by_hand() -> None:
    """Forty-five words of one syllable in nine sentences: 206.835 - 1.015 * 5 - 84.6."""
    reading = reading_of("The man sees the bus. " * 9, "en")
    assert (reading.words, reading.words_per_sentence, reading.formula) == (45, 5, "Flesch 1948")
    assert reading.ease == pytest.approx(117.16)
    assert reading_of("word " * (WORDS_MIN - 1), "en").ease is None
    assert reading_of("cuvânt " * WORDS_MIN, "ro").ease is None


@given(st.text(max_size=300), st.sampled_from(["en", "de", "es", "el", "bg"]))
def test_any_text_can_be_measured(text: str, language: str) -> None:
    reading = reading_of(text, language)
    assert reading.words >= 0
    assert reading.words_per_sentence <= max(reading.words, 0)
