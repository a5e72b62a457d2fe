"""Showing: marked text becomes HTML or plain words, and its faults are named.

One rule: whatever the parser makes of a text, only the elements and attributes listed here leave (nh3 sees to it).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from html import escape
from types import MappingProxyType

import nh3
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from kernel.sentences import say
from question_bank.marked_text import formulas
from question_bank.marked_text.dialect import MEDIA, OPTIONS, Shape, flat, tokens_of

ALTERNATIVE_CHARACTERS_MAX = 500
_SHOWN_TEXTS_MAX = 16_384
ELEMENTS = formulas.ELEMENTS | frozenset(
    [
        "p",
        "br",
        "em",
        "strong",
        "code",
        "pre",
        "sub",
        "sup",
        "ul",
        "ol",
        "li",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "img",
        "audio",
        "a",
        "span",
    ]
)
ATTRIBUTES: dict[str, set[str]] = {
    "ol": {"start"},
    "th": {"class", "scope"},
    "td": {"class"},
    "img": {"src", "alt"},
    "audio": {"src", "controls", "aria-label", "preload"},
    "a": {"href", "target", "class"},
    "span": {"data-gap"},
    **{element: set(formulas.ATTRIBUTES) for element in formulas.ELEMENTS},
}
# Shown by the parser as nothing but paragraphs of escaped text: most texts, and a hundred times faster so.
_UNMARKED = re.compile(r"[^\\`*_^~\[\]!\n\r\t|]*")
_UNMARKED_BLOCK = re.compile(r"(?![ >+-]|[0-9]{1,9}[.)]|$)[^\\`*_^~\[\]!\n\r\t|]*(?<! )")


def shown(text: str, shape: Shape) -> str:
    """Return a text as HTML of a closed set of elements; media keep their address ``media:<sha256>.<suffix>``.

    A line is inline HTML. Gaps are ``<span data-gap="id"></span>``. What is at fault is left out.
    """
    if shape is Shape.LINE and _UNMARKED.fullmatch(text):
        return escape(text, quote=False)
    if shape is not Shape.LINE and _UNMARKED_BLOCK.fullmatch(text):
        return f"<p>{escape(text, quote=False)}</p>"
    return _shown(text, shape)


@lru_cache(maxsize=_SHOWN_TEXTS_MAX)
def _shown(text: str, shape: Shape) -> str:
    html = _RENDERER.render(tokens_of(text, shape), OPTIONS, {})
    return nh3.clean(
        html,
        tags=set(ELEMENTS),
        attributes=ATTRIBUTES,
        url_schemes={"media"},
        link_rel=None,
        strip_comments=True,
    ).strip()


def plain(text: str, shape: Shape) -> str:
    """Return the words of a text, for lists, searching and comparing: pictures by their alternative, no marks."""
    if (_UNMARKED if shape is Shape.LINE else _UNMARKED_BLOCK).fullmatch(text):
        return " ".join(text.split())
    words = "".join(_words(flat(tokens_of(text, shape))))
    return " ".join(words.split())


def media_in(text: str, shape: Shape) -> list[str]:
    """Return the addresses of the media in a text, ``media:<sha256>.<suffix>``, in order of appearance."""
    return [str(token.attrs["src"]) for token in flat(tokens_of(text, shape)) if token.type == "image"]


def gaps_in(text: str) -> list[str]:
    """Return the ids of the gaps in a passage, in order of appearance."""
    return [token.content for token in flat(tokens_of(text, Shape.PASSAGE)) if token.type == "gap"]


def has_marks(text: str, shape: Shape) -> bool:
    """Tell whether anything of a text is a mark: whether it is shown as other than its signs."""
    if shape is Shape.LINE and _UNMARKED.fullmatch(text):
        return False
    tokens = [token for token in flat(tokens_of(text, shape)) if token.type != "inline"]
    if any(token.type not in {"text", "softbreak"} for token in tokens):
        return True
    # A backslash that hides a sign is not shown; in a text without other marks nothing else goes.
    return "\\" in text and sum(token.content.count("\\") for token in tokens) < text.count("\\")


def faults_in(text: str, shape: Shape) -> list[str]:
    """Return what is wrong with the marks of a text, in words that follow the name of its place."""
    if _UNMARKED.fullmatch(text):
        return []
    return [fault for token in flat(tokens_of(text, shape)) for fault in _faults(token)]


def _faults(token: Token) -> Iterator[str]:
    match token.type:
        case "image":
            if not MEDIA.fullmatch(str(token.attrs["src"])):
                yield say(
                    "names %(address)r, which is no medium of the bank: media:<sha256>.<suffix>",
                    address=str(token.attrs["src"])[:80],
                )
            if not token.content.strip():
                yield say("has a medium without a text alternative: write ![what it shows](media:...)")
            elif len(token.content) > ALTERNATIVE_CHARACTERS_MAX:
                yield say("has a text alternative of more than %(most)s characters", most=ALTERNATIVE_CHARACTERS_MAX)
        case "formula":
            try:
                formulas.mathml(token.content, display=token.markup == "display")
            except formulas.NotUnderstood as misunderstood:
                yield say("has a formula that %(why)s", why=misunderstood.args[0])


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        match token.type:
            case "text" | "code_inline" | "fence" | "formula" | "image":
                yield token.content
            case "gap":
                yield " ... "
            case kind if kind in {"softbreak", "hardbreak"} or token.block:
                yield " "


class _Renderer(RendererHTML):
    """The parser's own renderer, with this product's media, formulas and gaps."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        del options, env
        token = tokens[idx]
        found = MEDIA.fullmatch(str(token.attrs["src"]))
        if found is None:
            return ""
        address, words = found[0], escape(token.content)
        return _BY_SUFFIX.get(found["suffix"], _picture)(address, words)

    def formula(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        del options, env
        try:
            return formulas.mathml(tokens[idx].content, display=tokens[idx].markup == "display")
        except formulas.NotUnderstood:
            return f"<code>{escape(tokens[idx].content, quote=False)}</code>"

    def gap(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        del options, env
        return f'<span data-gap="{escape(tokens[idx].content)}"></span>'

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # A heading of nothing is no heading: who hears the table would be told of one.
        if not tokens[idx + 1].content:
            return self.td_open(tokens, idx, options, env)
        return f'<th scope="col"{_aligned(tokens[idx])}>'

    def th_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        del options, env
        return "</th>\n" if tokens[idx - 1].content else "</td>\n"

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        del options, env
        return f"<td{_aligned(tokens[idx])}>"


def _picture(address: str, words: str) -> str:
    return f'<img src="{address}" alt="{words}">'


def _sound(address: str, words: str) -> str:
    return f'<audio controls preload="metadata" src="{address}" aria-label="{words}"></audio>'


def _exhibit(address: str, words: str) -> str:
    return f'<a class="exhibit" target="_blank" href="{address}">{words}</a>'


_BY_SUFFIX: MappingProxyType[str, Callable[[str, str], str]] = MappingProxyType(
    {"mp3": _sound, "ogg": _sound, "wav": _sound, "pdf": _exhibit}
)


def _aligned(token: Token) -> str:
    # The parser says it as a style, which the pages' content security policy forbids.
    _, _, side = str(token.attrs.get("style", "")).partition("text-align:")
    return f' class="align-{side}"' if side in {"left", "center", "right"} else ""


_RENDERER = _Renderer()
