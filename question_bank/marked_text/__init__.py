"""Marked text: what the texts of items are written in, and the HTML that people are shown of it.

One rule: what is stored is what the author wrote. HTML is made of it at showing, from a closed list of elements; it is
never stored, and holds no address but media of the bank.
"""

from __future__ import annotations

from question_bank.marked_text.dialect import Shape
from question_bank.marked_text.escaping import escaped
from question_bank.marked_text.html_reading import Read, Resolver, no_media, read_element, read_html, read_plain
from question_bank.marked_text.showing import faults_in, gaps_in, has_marks, media_in, plain, shown

__all__ = [
    "Read",
    "Resolver",
    "Shape",
    "escaped",
    "faults_in",
    "gaps_in",
    "has_marks",
    "media_in",
    "no_media",
    "plain",
    "read_element",
    "read_html",
    "read_plain",
    "shown",
]
