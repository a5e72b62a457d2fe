from __future__ import annotations

from contextlib import suppress
from html import escape
from html.parser import HTMLParser
from string import printable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from question_bank.marked_text import (
    Shape,
    escaped,
    faults_in,
    formulas,
    gaps_in,
    has_marks,
    media_in,
    plain,
    showing,
    shown,
)
from question_bank.marked_text.dialect import flat, tokens_of

PICTURE = f"media:{'0a' * 32}.png"
SOUND = f"media:{'0b' * 32}.mp3"
EXHIBIT = f"media:{'0c' * 32}.pdf"
texts = st.text(st.sampled_from(printable + "äșж\u00a0\u2028") | st.sampled_from("*_`~^\\[]()!|-+>#1.\n "), max_size=60)
shapes = st.sampled_from(list(Shape))


class Elements(HTMLParser):
    """Everything a browser would make of HTML: elements with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("*plan* **now** `x < y`", "<p><em>plan</em> <strong>now</strong> <code>x &lt; y</code></p>"),
        ("10^2^ and H~2~O", "<p>10<sup>2</sup> and H<sub>2</sub>O</p>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("| a |\n|--:|\n| 1 |", '<th scope="col" class="align-right">a</th>'),
        ("| | b |\n|--:|---|\n| 1 | 2 |", '<tr>\n<td class="align-right"></td>\n<th scope="col">b</th>\n</tr>'),
        (f"![Two lanes]({PICTURE})", f'<p><img src="{PICTURE}" alt="Two lanes"></p>'),
        (
            f"![A speech]({SOUND})",
            f'<audio controls="" preload="metadata" src="{SOUND}" aria-label="A speech"></audio>',
        ),
        (f"![The plan]({EXHIBIT})", f'<a class="exhibit" target="_blank" href="{EXHIBIT}">The plan</a>'),
    ],
)
def test_marks_are_shown(text: str, html: str) -> None:
    assert html in shown(text, Shape.BLOCKS)
    assert faults_in(text, Shape.BLOCKS) == []


@pytest.mark.parametrize(
    "text",
    [
        "<b>bold</b> & <script>alert(1)</script>",
        "[a page](https://example.com) <https://example.com>",
        "# no heading",
        "Costs $5 to $6; 5 * 3 = 15; snake_case; 2^10; ~5",
        "&lt; is no sign of its own",
        "_____ is a gap on paper",
    ],
)
def test_what_is_no_mark_is_shown_as_it_is_written(text: str) -> None:
    assert shown(text, Shape.BLOCKS) == f"<p>{escape(text, quote=False)}</p>"
    assert shown(text, Shape.LINE) == escape(text, quote=False)
    assert not has_marks(text, Shape.LINE)


def test_a_backslash_that_hides_a_sign_is_a_mark_and_another_is_none() -> None:
    assert has_marks(r"5 \* 3", Shape.LINE)
    assert has_marks(r"a\\b", Shape.LINE)
    assert not has_marks(r"C:\temp and 2 \ 3", Shape.LINE)


def test_a_line_has_no_blocks() -> None:
    assert shown("1. *first*", Shape.LINE) == "1. <em>first</em>"
    assert shown("- a\n- b", Shape.LINE) == "- a\n- b"


def test_gaps_are_marks_of_passages_alone() -> None:
    text = "The *[[what]]* and `[[not]]`\n\nand [[where]]"
    assert gaps_in(text) == ["what", "where"]
    assert '<em><span data-gap="what"></span></em>' in shown(text, Shape.PASSAGE)
    assert "[[what]]" in shown(text, Shape.BLOCKS)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("![x](https://example.com/x.png)", "no medium of the bank"),
        ("![x](media:12.png)", "no medium of the bank"),
        (f"![x]({PICTURE.replace('png', 'svg')})", "no medium of the bank"),
        ("![x](javascript:alert)", "no medium of the bank"),
        (f"![ ]({PICTURE})", "without a text alternative"),
        (f"![{'x' * 501}]({PICTURE})", "more than 500 characters"),
        (r"\(\frac{1}\)", "has 1 parts where 2 are needed"),
        (r"\(\nosuch{x}\)", "not known here"),
        (r"\({\)", "is not understood"),
        (r"\(\href{javascript:alert(1)}{x}\)", "sets 'href'"),
        (r"\(\text{<img src=x onerror=alert(1)>}\)", "cannot be shown"),
        (r"\(\text{<b>x</b>}\)", "no part of a formula: 'b'"),
        (r"\(" + "x" * 1001 + r"\)", "at most 1000"),
    ],
)
def test_faulty_marks_are_named_and_not_shown(text: str, fault: str) -> None:
    [found] = faults_in(text, Shape.BLOCKS)
    assert fault in found
    assert not {"href", "onerror", "style"} & {
        name for _, facts in Elements(shown(text, Shape.LINE)).found for name in facts
    }


def test_media_are_named_in_their_order() -> None:
    assert media_in(f"![a]({PICTURE}) and ![b]({SOUND})\n\n- ![a]({PICTURE})", Shape.BLOCKS) == [
        PICTURE,
        SOUND,
        PICTURE,
    ]


def test_words_are_what_is_read_aloud() -> None:
    assert (
        plain(f"*A* list\n\n- one\n- ![two lanes]({PICTURE})\n\n\\(x^2\\)", Shape.BLOCKS) == "A list one two lanes x^2"
    )
    assert plain("| a | b |\n|---|---|\n| 1 | 2 |", Shape.BLOCKS) == "a b 1 2"


def test_a_formula_carries_the_latex_from_which_it_is_read_again() -> None:
    html = shown(r"\(\sum_{i=1}^{n} \frac{x_i}{n}\)", Shape.LINE)
    assert html.startswith('<math display="inline"><semantics><mrow>')
    assert r'<annotation encoding="application/x-tex">\sum_{i=1}^{n} \frac{x_i}{n}</annotation>' in html
    assert 'display="block"' in shown(r"\[x\]", Shape.BLOCKS)


@given(texts, shapes)
@example("\x1a*", Shape.LINE)
@example(" indented\n    code", Shape.BLOCKS)
def test_whatever_is_written_only_listed_elements_and_addresses_leave(text: str, shape: Shape) -> None:
    for tag, facts in Elements(shown(text, shape)).found:
        assert tag in showing.ELEMENTS
        assert set(facts) <= showing.ATTRIBUTES.get(tag, set())
        assert all(str(facts[name]).startswith("media:") for name in ("src", "href") if name in facts)


@given(
    st.text(st.sampled_from("{}[]()\\^_&<>'\" abc12+-=/\n") | st.sampled_from("äж"), max_size=40)
    | st.from_regex(
        r"(\\(frac|sqrt|text|left|right|begin|end|sum|over|hspace|color|href|style|class|genfrac)|[{}\[\]()x1^_&<>\"']){1,8}",
        fullmatch=True,
    )
)
def test_a_formula_is_understood_whole_or_refused(latex: str) -> None:
    with suppress(formulas.NotUnderstood):  # and nothing else
        html = formulas.mathml(latex, display=False)
        found = Elements(html).found
        assert {tag for tag, _ in found} <= formulas.ELEMENTS
        assert {name for _, facts in found for name in facts} <= formulas.ATTRIBUTES


@given(texts, shapes)
def test_escaped_text_is_shown_sign_by_sign(text: str, shape: Shape) -> None:
    written = escaped(text, shape)
    said = Elements(shown(written, shape))
    assert {tag for tag, _ in said.found} <= {"p"}
    assert said.text.split() == text.replace("\0", "\ufffd").split()
    assert plain(written, shape).split() == text.replace("\0", "\ufffd").split()


@given(texts, shapes)
def test_the_short_way_for_unmarked_text_shows_what_the_parser_shows(text: str, shape: Shape) -> None:
    slow: Any = showing._shown.__wrapped__
    short, long = Elements(shown(text, shape)), Elements(slow(text, shape))
    assert (short.found, short.text.strip()) == (long.found, long.text.strip())
    words = "".join(showing._words(flat(tokens_of(text, shape))))
    assert plain(text, shape) == " ".join(words.split())
