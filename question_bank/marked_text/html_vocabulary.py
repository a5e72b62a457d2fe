"""The vocabulary of HTML: what each element is to a reader of texts, and what becomes of those that the tree cannot hold.

One rule: an element stands in one of these sets or is refused.
"""

from __future__ import annotations

from kernel.sentences import say

EMPHASIS = {"em": "em", "i": "em", "strong": "strong", "b": "strong"}
LIKE_EMPHASIS = frozenset({"cite", "dfn", "var", "address"})
CODE = frozenset({"code", "kbd", "samp", "tt"})
GIVEN_UP = {
    "u": say("underlining is not kept"),
    "ins": say("underlining is not kept"),
    "s": say("words struck out are shown as they are"),
    "strike": say("words struck out are shown as they are"),
    "del": say("words struck out are shown as they are"),
    "small": say("sizes of letters are not kept"),
    "big": say("sizes of letters are not kept"),
    "font": say("typefaces, sizes and colours are not kept"),
    "mark": say("highlighting is not kept"),
    "q": say("quotation marks of the browser are not kept"),
    "abbr": say("the long form of an abbreviation is not kept"),
    "acronym": say("the long form of an abbreviation is not kept"),
    "center": say("words set in the middle are set as all others are"),
    "ruby": say("readings above the letters are put after them"),
    "rt": say("readings above the letters are put after them"),
    "bdo": say("the direction of writing is not kept"),
}
PLAIN = frozenset({"span", "label", "time", "bdi", "wbr", "nobr", "html", "body", "rb", "rp"})
SECTIONS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "figure",
        "figcaption",
        "details",
        "summary",
        "center",
        "address",
    ]
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = SECTIONS | HEADINGS | frozenset({"ul", "ol", "blockquote", "pre", "table", "hr", "dl"})
