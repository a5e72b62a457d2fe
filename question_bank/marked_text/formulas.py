r"""Formulas: LaTeX as authors write it, shown as MathML, which browsers draw and screen readers read by themselves.

One rule: a formula that is not understood whole is a fault, never half a formula. No script runs for it anywhere.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert

from kernel.sentences import say

CHARACTERS_MAX = 1000
NAMESPACE: Final = "http://www.w3.org/1998/Math/MathML"
ELEMENTS: Final = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "mtext",
        "mspace",
        "msqrt",
        "mroot",
        "mfrac",
        "msup",
        "msub",
        "msubsup",
        "mover",
        "munder",
        "munderover",
        "mstyle",
        "mtable",
        "mtr",
        "mtd",
        "semantics",
        "annotation",
    ]
)
ATTRIBUTES: Final = frozenset(
    [
        "display",
        "mathvariant",
        "stretchy",
        "fence",
        "form",
        "separator",
        "lspace",
        "rspace",
        "linethickness",
        "displaystyle",
        "scriptlevel",
        "columnalign",
        "width",
        "minsize",
        "maxsize",
        "accent",
        "accentunder",
        "movablelimits",
        "largeop",
        "encoding",
    ]
)
_PARTS = {"mfrac": 2, "mroot": 2, "msup": 2, "msub": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}
# Where a line may break is for the page to say.
_LINE_BREAKS = re.compile(r' linebreak="[a-z]*"')


class NotUnderstood(ValueError):
    """A formula that cannot be shown whole; its message says what is wrong with it."""


@lru_cache(maxsize=4096)
def mathml(latex: str, *, display: bool) -> str:
    """Return a formula as MathML that carries its LaTeX as an annotation, from which it is read again.

    Raises:
        NotUnderstood: it is no LaTeX, or uses what cannot be shown.
    """
    if len(latex) > CHARACTERS_MAX:
        message = say("has %(count)s characters; at most %(most)s are allowed", count=len(latex), most=CHARACTERS_MAX)
        raise NotUnderstood(message)
    root = _converted(latex, "block" if display else "inline")
    _refuse_strange(root)
    meaning = list(root)
    for child in meaning:
        root.remove(child)
    semantics = ET.SubElement(root, "semantics")
    semantics.extend(meaning)
    ET.SubElement(semantics, "annotation", encoding="application/x-tex").text = latex
    return ET.tostring(root, encoding="unicode")


def _converted(latex: str, display: str) -> ET.Element:
    try:
        written = convert(latex, display=display)
        # Text within a formula comes out unescaped, so that what is no text of a formula is an element here.
        root = ET.fromstring(_LINE_BREAKS.sub("", written))  # noqa: S314 - made here, without a document type
    except ET.ParseError as error:
        message = say("has signs in its text that cannot be shown")
        raise NotUnderstood(message) from error
    except Exception as error:  # the converter fails on what it does not know in whatever way it happens to
        message = say("is not understood; a part of it is missing or stands at a wrong place")
        raise NotUnderstood(message) from error
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    return root


def _refuse_strange(root: ET.Element) -> None:
    for element in root.iter():
        if element.tag not in ELEMENTS:
            message = say("has what is no part of a formula: %(tag)r", tag=element.tag[:40])
            raise NotUnderstood(message)
        if strange := sorted(set(element.attrib) - ATTRIBUTES):
            message = say("sets %(value)r, which formulas here do not have", value=strange[0][:40])
            raise NotUnderstood(message)
        if len(element) != _PARTS.get(element.tag, len(element)):
            message = say(
                "has %(count)s parts where %(needed)s are needed", count=len(element), needed=_PARTS[element.tag]
            )
            raise NotUnderstood(message)
        if (element.text or "").startswith("\\") and len(element.text or "") > 1:
            message = say("uses %(value)r, which is not known here", value=(element.text or "")[:40])
            raise NotUnderstood(message)
