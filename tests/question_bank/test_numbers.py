"""Numbers: read exactly as they are written, and rounded as Python's own decimal arithmetic rounds."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.item_kinds.numbers import Nearness, is_near, read_exact, read_number, to_figures, to_places
from tests.proofs import rounded_to_figures, rounded_to_places

decimals = st.decimals(-(10**12), 10**12, allow_nan=False, places=6) | st.decimals(-2, 2, allow_nan=False, places=12)
halves = st.builds(
    lambda whole, power: Fraction(2 * whole + 1, 2) / 10**power, st.integers(-5000, 5000), st.integers(0, 6)
)
values = decimals.map(Fraction) | halves | st.fractions(max_denominator=10**6)


@pytest.mark.parametrize(
    ("written", "spelled", "value"),
    [
        ("12.5", "12.5", "12.5"),
        ("12,5", "12.5", "12.5"),
        (" 12 ", "12", "12"),
        ("+3", "3", "3"),
        ("-3", "-3", "-3"),
        ("\u22123", "-3", "-3"),
        ("\u20133,5", "-3.5", "-3.5"),
        ("\u00a07", "7", "7"),
        ("007", "7", "7"),
        ("00", "0", "0"),
        ("2.50", "2.50", "2.5"),
        ("1.234", "1.234", "1.234"),
        ("1,234", "1.234", "1.234"),
        (".5", "0.5", "0.5"),
        (",5", "0.5", "0.5"),
        ("-.5", "-0.5", "-0.5"),
        ("5.", "5", "5"),
        ("1e3", "1e3", "1000"),
        ("1,5E-03", "1.5e-3", "0.0015"),
        ("2e+30", "2e30", str(2 * 10**30)),
    ],
)
def test_a_number_has_one_spelling_and_one_value(written: str, spelled: str, value: str) -> None:
    assert read_number(written) == (spelled, Fraction(value))


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "abc",
        "1.234,5",
        "1,234.5",
        "1 234",
        "1\u00a0234",
        "1\u202f234",
        "1'234",
        "1_234",
        "1.234.567",
        "12 km",
        "1/2",
        "1e",
        "1e31",
        "1e-31",
        "1e999",
        "e5",
        ".",
        "-",
        "--1",
        "+-1",
        "1e5.5",
        "0x10",
        "NaN",
        "inf",
        "\u0661",
        "\uff11",
        "\u00bd",
        "1" * 31,
        "0." + "1" * 31,
        "1" * 16_000,
        "\n" * 16_000,
    ],
)
def test_what_has_no_single_reading_is_no_number(written: str) -> None:
    assert read_number(written) is None


@given(decimals, st.sampled_from(".,"), st.sampled_from(["-", "\u2212", "\u2013"]))
def test_what_is_written_is_read_exactly_and_again(value: Decimal, sign: str, minus: str) -> None:
    written = f"{value:f}".replace(".", sign).replace("-", minus)
    read = read_number(written)
    assert read is not None
    assert read[1] == Fraction(value)
    assert read_number(read[0]) == read


@given(st.text("0123456789.,+-eE \u2212", max_size=12))
def test_whatever_is_read_is_what_python_reads(written: str) -> None:
    read = read_number(written)
    if read is not None:
        plainly = written.strip().replace(",", ".").replace("\u2212", "-")
        assert read[1] == Fraction(Decimal(plainly)) == Fraction(Decimal(read[0]))
        assert read_number(read[0]) == read


@pytest.mark.parametrize(("written", "value"), [("12.5", "12.5"), ("-2/3", "-2/3"), ("0", "0"), ("007.50", "7.5")])
def test_an_authors_number_is_a_decimal_or_a_fraction(written: str, value: str) -> None:
    assert read_exact(written) == Fraction(value)


@pytest.mark.parametrize("written", ["", "1,5", "1e3", "1/0", "1/-2", "+1", " 1", "1.", ".5", "NaN", "1" * 31, "1/0x2"])
def test_what_an_author_might_mean_otherwise_is_refused(written: str) -> None:
    assert read_exact(written) is None


@given(values, st.integers(0, 15))
def test_places_are_rounded_as_decimals_round_half_up(value: Fraction, places: int) -> None:
    assert to_places(value, places) == Fraction(rounded_to_places(value, places))


@given(values, st.integers(1, 15))
def test_figures_are_rounded_as_decimals_round_half_up(value: Fraction, figures: int) -> None:
    assert to_figures(value, figures) == Fraction(rounded_to_figures(value, figures))


@given(values, st.integers(1, 15))
def test_rounding_is_the_same_on_both_sides_of_nothing(value: Fraction, digits: int) -> None:
    assert to_places(-value, digits) == -to_places(value, digits)
    assert to_figures(-value, digits) == -to_figures(value, digits)


@pytest.mark.parametrize(
    ("value", "figures", "rounded"),
    [
        ("12.35", 3, "12.4"),
        ("12.25", 3, "12.3"),
        ("-12.25", 3, "-12.3"),
        ("999.5", 3, "1000"),
        ("0.0099949", 3, "0.00999"),
        ("0.009995", 3, "0.01"),
        ("123456", 2, "120000"),
        ("1/3", 4, "0.3333"),
        ("10", 1, "10"),
        ("1", 1, "1"),
        ("0.1", 1, "0.1"),
    ],
)
def test_figures_are_counted_from_the_first_that_is_not_nought(value: str, figures: int, rounded: str) -> None:
    assert to_figures(Fraction(value), figures) == Fraction(rounded)


@pytest.mark.parametrize(
    ("nearness", "bound", "near", "far"),
    [
        (Nearness.ABSOLUTE, "0", ["12.5", "25/2"], ["12.500000000001"]),
        (Nearness.ABSOLUTE, "0.1", ["12.4", "12.6"], ["12.39999", "12.60001", "-12.5"]),
        (Nearness.RELATIVE, "1/100", ["12.375", "12.625"], ["12.374", "12.626"]),
        (Nearness.SIGNIFICANT_FIGURES, "2", ["13", "12.5", "13.4999"], ["12.4999", "13.5", "-13"]),
        (Nearness.DECIMAL_PLACES, "0", ["13", "12.5", "13.4"], ["12.4", "13.5"]),
    ],
)
def test_on_the_bound_is_near_enough_and_beyond_it_is_not(
    nearness: Nearness, bound: str, near: list[str], far: list[str]
) -> None:
    answer = Fraction("12.5")
    assert all(is_near(Fraction(value), answer, nearness, Fraction(bound)) for value in near)
    assert not any(is_near(Fraction(value), answer, nearness, Fraction(bound)) for value in far)
