"""Markdown of other systems becomes marked text: as it stands where both show the same, otherwise by way of its HTML.

One rule: what the wider Markdown would show differently is never taken over by its letters.
"""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt

from kernel.sentences import say
from question_bank.marked_text.dialect import Shape
from question_bank.marked_text.html_reading import Read, Resolver, no_media, read_html
from question_bank.marked_text.showing import faults_in, shown

CHARACTERS_MAX = 50_000


def read_markdown(text: str, shape: Shape, resolve: Resolver = no_media) -> Read:
    """Read Markdown as CommonMark with tables."""
    if len(text) > CHARACTERS_MAX:
        return Read(
            "",
            refusals=(
                say(
                    "has %(count)s characters of Markdown; at most %(most)s are read",
                    count=len(text),
                    most=CHARACTERS_MAX,
                ),
            ),
        )
    text = text.strip()
    html = _rendered(text, shape)
    if html.strip() == shown(text, shape) and not faults_in(text, shape):
        return Read(text)
    return read_html(html, shape, resolve, tex=True)


def shown_alike(text: str, shape: Shape) -> bool:
    """Whether a marked text is shown the same by whoever reads Markdown."""
    return _rendered(text, shape).strip() == shown(text, shape)


def _rendered(text: str, shape: Shape) -> str:
    parser = _commonmark()
    html: str = parser.renderInline(text) if shape is Shape.LINE else parser.render(text)
    return html


@cache
def _commonmark() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": 20}).enable("table")
