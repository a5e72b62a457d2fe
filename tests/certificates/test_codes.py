"""Certificate numbers: unguessable, and no slip of the finger turns one into another."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certificates.codes import (
    ALPHABET,
    CODE_CHARACTERS,
    CodeUnreadable,
    grouped,
    new_code,
    read_code,
    verify_url,
)

ALPHANUMERIC_MODE = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
codes = st.builds(lambda _: new_code(), st.integers())


def is_readable(text: str) -> bool:
    try:
        read_code(text)
    except CodeUnreadable:
        return False
    return True


def test_the_alphabet_is_crockfords_without_his_check_symbols() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


def test_codes_are_seventeen_characters_and_do_not_repeat() -> None:
    made = {new_code() for _ in range(5000)}
    assert len(made) == 5000
    assert {len(code) for code in made} == {CODE_CHARACTERS}


def test_every_character_occurs_at_every_random_place() -> None:
    made = [new_code() for _ in range(2000)]
    for place in range(16):
        assert {code[place] for code in made} == set(ALPHABET)


@given(codes)
def test_a_code_is_read_as_it_was_made(code: str) -> None:
    assert read_code(code) == code
    assert read_code(grouped(code)) == code


@given(codes)
def test_reading_forgives_case_spaces_hyphens_and_lookalikes(code: str) -> None:
    assert read_code(f"  {grouped(code).lower()}\t") == code
    assert read_code(grouped(code).replace("-", " \u2013 ")) == code
    assert read_code(code.replace("0", "o").replace("1", "l")) == code
    assert read_code(code.replace("0", "O").replace("1", "I")) == code


@given(codes)
def test_every_single_wrong_character_is_caught(code: str) -> None:
    for place, character in itertools.product(range(CODE_CHARACTERS), ALPHABET):
        changed = code[:place] + character + code[place + 1 :]
        assert is_readable(changed) is (changed == code)


@given(codes)
def test_every_swap_of_two_characters_is_caught_wherever_they_stand(code: str) -> None:
    for first, second in itertools.combinations(range(CODE_CHARACTERS), 2):
        characters = list(code)
        characters[first], characters[second] = characters[second], characters[first]
        changed = "".join(characters)
        assert is_readable(changed) is (changed == code)


@pytest.mark.parametrize("text", ["", "-", "0", "0" * 16, "0" * 18, "U" * 17, "0" * 16 + "é", "\x00" * 17, "🂡" * 17])
def test_what_cannot_be_a_number_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(CodeUnreadable) as refused:
        read_code(text)
    assert refused.value.faults[0].place == "code"


@given(st.text(max_size=40))
def test_reading_any_text_gives_a_code_or_the_refusal(text: str) -> None:
    if is_readable(text):
        assert len(read_code(text)) == CODE_CHARACTERS


def test_groups_of_four_are_for_people() -> None:
    assert grouped("3K7QXJ2M9TQ4WZRC5") == "3K7Q-XJ2M-9TQ4-WZRC-5"


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("https://certify.example.org", "HTTPS://CERTIFY.EXAMPLE.ORG/V/0"),
        ("https://certify.example.org/", "HTTPS://CERTIFY.EXAMPLE.ORG/V/0"),
        ("http://127.0.0.1:8000", "HTTP://127.0.0.1:8000/V/0"),
        ("https://example.org/Exams", "HTTPS://EXAMPLE.ORG/Exams/V/0"),
    ],
)
def test_the_address_is_upper_case_where_case_does_not_matter(public_url: str, expected: str) -> None:
    assert verify_url(public_url, "0") == expected


def test_an_address_without_a_path_stays_in_the_symbols_alphanumeric_mode() -> None:
    assert set(verify_url("https://certify.example.org:8443", new_code())) <= ALPHANUMERIC_MODE
