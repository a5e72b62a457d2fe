from __future__ import annotations

import re
from string import printable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from question_bank.marked_text import Read, Shape, read_html, read_plain, shown

PICTURE = f"media:{'0a' * 32}.png"
SOUND = f"media:{'0b' * 32}.mp3"
EXHIBIT = f"media:{'0c' * 32}.pdf"
UNSTRESSED = "emphasis that begins or ends within a word is not kept"
TEXTS = st.text(
    st.sampled_from(printable.strip() + " \t\n" + "äșж") | st.sampled_from("*_`~^\\[]()!|-+>#1.\n "),
    max_size=60,
)
WORDS = st.text("abcäșж1 .,*_<&", min_size=1, max_size=8).map(
    lambda text: f"a{text}z".replace("*", "").replace("_", "")
)


def kept(name: str) -> str | None:
    return name if name.startswith("media:") else None


def reading(html: str, shape: Shape = Shape.BLOCKS, *, tex: bool = False) -> Read:
    return read_html(html, shape, kept, tex=tex)


def lines_of(html: str) -> str:
    """Return HTML without what nobody sees: spacing, and quotations of nothing."""
    before, html = "", " ".join(html.split())
    while before != html:
        before, html = html, re.sub(r"<blockquote>\s*</blockquote>|<p>\s*</p>", "", html).strip()
    return html.replace("> ", ">").replace(" <", "<")


MARKED = [
    "One.\n\nTwo.",
    "*plan* **now** `x < y`",
    "*a **b** c* and ***d** e*",
    "10^2^ and H~2~O",
    r"x~i\ +\ 1~",
    "- one\n- two",
    "- one\n\n- two",
    "- one\n\n+ another list",
    "1. a\n   - b\n   - c\n2. d",
    "3. a\n4. b",
    "- > said\n- ```\n  c\n  ```\n- | a |\n  | --- |\n  | 1 |",
    "> - a\n> - b\n>\n> c",
    "| a | b | c |\n| :---: | ---: | --- |\n| 1 | `x\\|y` | |",
    "| | b |\n| ---: | --- |\n| 1 | |",
    "| |\n| --- |\n| 1 |",
    "```\nx\n  y\n```",
    "`` a`b ``",
    "one\\\ntwo",
    r"\(\sum_{i=1}^{n} \frac{x_i}{n}\) and \[\frac{a}{b}\]",
    f"![Two lanes]({PICTURE}) ![A speech]({SOUND}) ![The plan]({EXHIBIT})",
    "snake_case, _____, 5 * 3, 2^10, ~5, # no heading, $5",
    "1\\. no list\n\n\\- nor this",
    "a < b & c > d; [a page](https://example.com)",
]


@pytest.mark.parametrize("text", MARKED)
def test_every_mark_comes_back_exactly(text: str) -> None:
    read = reading(shown(text, Shape.BLOCKS))
    assert (read.changes, read.refusals) == ((), ())
    assert shown(read.text, Shape.BLOCKS) == shown(text, Shape.BLOCKS)
    assert reading(shown(read.text, Shape.BLOCKS)).text == read.text


def test_gaps_come_back_in_passages() -> None:
    text = "The *[[what]]* precedes\n\n- the [[where]] and [\\[no\\]]"
    assert reading(shown(text, Shape.PASSAGE), Shape.PASSAGE).text.count("[[") == 2
    assert reading("no [[gap]]", Shape.PASSAGE).text == r"no [[gap\]]"


@given(TEXTS, st.sampled_from(list(Shape)))
@example("*a**b*", Shape.BLOCKS)
@example("- \n-", Shape.BLOCKS)
def test_what_is_shown_is_read_as_the_same_or_the_change_is_named(text: str, shape: Shape) -> None:
    html = shown(text, shape)
    read = reading(html, shape)
    if not read.changes and not read.refusals:
        assert lines_of(shown(read.text, shape)) == lines_of(html)
    if not read.refusals:
        assert reading(shown(read.text, shape), shape).text == read.text
    assert set(read.changes) <= {UNSTRESSED}


@given(st.lists(st.tuples(st.sampled_from(["{}", "*{}*", "**{}**", "`{}`", "^{}^"]), WORDS), min_size=1, max_size=6))
def test_marks_between_words_come_back_exactly(parts: list[tuple[str, str]]) -> None:
    words = [mark.format(word.replace(" ", "") if mark == "^{}^" else word) for mark, word in parts]
    html = shown(" ".join(words), Shape.BLOCKS)
    read = reading(html)
    assert (read.changes, read.refusals) == ((), ())
    assert lines_of(shown(read.text, Shape.BLOCKS)) == lines_of(html)


@given(TEXTS, st.sampled_from([Shape.LINE, Shape.BLOCKS]))
def test_plain_words_are_shown_sign_by_sign(text: str, shape: Shape) -> None:
    written = read_plain(text, shape).text
    assert read_plain(written, shape).text == written or written != text
    again = reading(shown(written, shape), shape)
    assert (again.text, again.changes, again.refusals) == (written, (), ())


@pytest.mark.parametrize(
    ("html", "text", "change"),
    [
        ("<h2>Plan</h2><p>It.</p>", "**Plan**\n\nIt.", "a heading becomes a paragraph in bold"),
        ('<p>See <a href="https://x.example">this</a></p>', "See this", "the link to 'https://x.example' is not kept"),
        ('<span style="color: red">x</span>', "x", "colours and other styles"),
        ("<u>x</u>", "x", "underlining"),
        ("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "| a |\n| --- |\n| b |", "becomes its headings"),
        ('<p>a<em>"b"</em>c</p>', 'a"b"c', UNSTRESSED),
        ("a<hr>b", "a\n\nb", "a line across"),
        (f'<img src="{PICTURE}" alt="a [b]">', f"![a (b)]({PICTURE})", "brackets"),
    ],
)
def test_what_marks_cannot_say_is_a_named_change(html: str, text: str, change: str) -> None:
    read = reading(html)
    assert read.text == text
    assert any(change in found for found in read.changes)


@pytest.mark.parametrize(
    ("html", "refusal"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<iframe src='https://x.example'></iframe>", "<iframe>"),
        ("<form><input name=a></form>", "<form>"),
        ("<svg><script/></svg>", "<svg>"),
        ("<style>p{}</style>", "<style>"),
        ("<object data=x></object>", "<object>"),
        ("<blink>x</blink>", "<blink>"),
        ('<img src="x.png" alt="x">', "did not come with the document"),
        ('<img src="https://x.example/x.png" alt="x">', "did not come with the document"),
        (f'<img src="{PICTURE}">', "without a text alternative"),
        ("<table><tr><td colspan=2>a</td></tr></table>", "span columns or rows"),
        ("<table><tr><td><table><tr><td>a</td></tr></table></td></tr></table>", "a table within a table"),
        ("<dl><dt>a</dt></dl>", "definitions"),
        ("<math><mstack><mi>x</mi></mstack></math>", "mstack"),
        ("<div>" * 100 + "x" + "</div>" * 100, "levels deep"),
        ("x" * 200_001, "at most 200000"),
        ("<sub><img src=x></sub>", "a picture"),
    ],
)
def test_what_may_not_come_in_is_refused(html: str, refusal: str) -> None:
    read = reading(html)
    assert read.text == ""
    assert any(refusal in found for found in read.refusals)


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<mfrac><mi>a</mi><mn>2</mn></mfrac><mo>&le;</mo><msqrt><mi>x</mi></msqrt>", r"\frac{a}{2} \leq \sqrt{x}"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "{x}_{i}^{2}"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot><mo>&#xd7;</mo><mi>&alpha;</mi>", r"\sqrt[3]{x} \times \alpha"),
        ("<mi>sin</mi><mo>(</mo><mi>x</mi><mo>)</mo>", r"\sin ( x )"),
        ("<mtext>so many</mtext>", r"\text{so many}"),
    ],
)
def test_mathml_is_read_element_by_element(mathml: str, latex: str) -> None:
    assert reading(f"<math>{mathml}</math>") == Read(rf"\({latex}\)")


def test_tex_between_delimiters_is_a_formula_where_the_document_says_so() -> None:
    assert reading(r"E \(x^2\) $$\frac12$$", tex=True).text == r"E \(x^2\) \[\frac12\]"
    assert reading(r"E \(x^2\)", tex=False).text == r"E \\(x\^2\\)"
    assert reading(r"<p>\(\nosuch\)</p>", tex=True).refusals


def test_a_line_takes_one_paragraph() -> None:
    assert reading("<p>one <b>word</b></p>", Shape.LINE).text == "one **word**"
    assert reading("<p>one</p><p>two</p>", Shape.LINE).changes == (
        "paragraphs are put into one line, with breaks between them",
    )
    assert reading("<ul><li>a</li></ul>", Shape.LINE).refusals


@given(st.text(st.sampled_from("<>/=\"' abimgprctdlu&;#x0123\n\x00\u2028"), max_size=120), st.sampled_from(list(Shape)))
@example("<a" * 40, Shape.BLOCKS)
def test_whatever_is_sent_is_read_or_refused(html: str, shape: Shape) -> None:
    read = reading(html, shape)
    assert read.refusals or shown(read.text, shape) is not None
