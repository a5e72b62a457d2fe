"""The two vocabularies of QTI: qti-choice-interaction and choiceInteraction are one element with two spellings.

One rule: between the doors there are only the names of QTI 3; elements of HTML have the same name in both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kernel.sentences import say

MATHML: Final = "http://www.w3.org/1998/Math/MathML"
HTML_ELEMENTS: Final = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "address",
        "article",
        "aside",
        "audio",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "li",
        "main",
        "mark",
        "nav",
        "object",
        "ol",
        "p",
        "param",
        "picture",
        "pre",
        "q",
        "rb",
        "rp",
        "rt",
        "rtc",
        "ruby",
        "s",
        "samp",
        "script",
        "section",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "track",
        "tt",
        "u",
        "ul",
        "var",
        "video",
        "wbr",
    ]
)
PREFIX: Final = "qti-"
_HUMP = re.compile(r"(?<!^)[A-Z]")
_HYPHEN = re.compile(r"-([a-z])")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One spelling of QTI, as this product writes it."""

    name: str
    """The name of the format at the doors."""
    is_hyphened: bool
    """Whether names are written ``qti-item-body``, otherwise ``itemBody``."""
    namespace: str
    schema: str
    manifest_namespace: str
    manifest_schema: str
    item_type: str
    stimulus_type: str
    schema_name: str
    schema_version: str
    templates: str

    def element(self, name: str) -> str:
        """Spell the name of an element, given as in QTI 3."""
        if self.is_hyphened or not name.startswith(PREFIX):
            return name
        return _HYPHEN.sub(lambda found: found[1].upper(), name.removeprefix(PREFIX))

    def attribute(self, name: str) -> str:
        """Spell the name of an attribute of an element of QTI, given as in QTI 3."""
        return name if self.is_hyphened else _HYPHEN.sub(lambda found: found[1].upper(), name)


QTI3: Final = Vocabulary(
    name="qti3",
    is_hyphened=True,
    namespace="http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    schema="https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqti_asiv3p0_v1p0.xsd",
    manifest_namespace="http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    manifest_schema="https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/imsqtiv3p0_imscpv1p2_v1p0.xsd",
    item_type="imsqti_item_xmlv3p0",
    stimulus_type="imsqti_stimulus_xmlv3p0",
    schema_name="QTI Package",
    schema_version="3.0.0",
    templates="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/",
)
QTI2: Final = Vocabulary(
    name="qti2",
    is_hyphened=False,
    namespace="http://www.imsglobal.org/xsd/imsqti_v2p2",
    schema="http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2.xsd",
    manifest_namespace="http://www.imsglobal.org/xsd/imscp_v1p1",
    manifest_schema="http://www.imsglobal.org/xsd/qti/qtiv2p2/qtiv2p2_imscpv1p2_v1p0.xsd",
    item_type="imsqti_item_xmlv2p2",
    stimulus_type="imsqti_stimulus_xmlv2p2",
    schema_name="QTIv2.2 Package",
    schema_version="1.0.0",
    templates="http://www.imsglobal.org/question/qti_v2p2/rptemplates/",
)
VOCABULARIES: Final = {vocabulary.name: vocabulary for vocabulary in (QTI3, QTI2)}
READ: Final = {
    QTI3.namespace: QTI3,
    QTI2.namespace: QTI2,
    "http://www.imsglobal.org/xsd/imsqti_v2p1": QTI2,
    "http://www.imsglobal.org/xsd/imsqti_v2p0": QTI2,
    "http://www.imsglobal.org/xsd/imsqti_item_v2p0": QTI2,
}
"""The namespaces of items that are read, and how their names are spelled."""
OLD_ROOT: Final = "questestinterop"
OLD_TYPE: Final = "imsqti_xmlv1"
TOO_OLD: Final = say("is QTI 1.2, which asks and marks in other words; let the other system export QTI 2.1 or later")
"""Of all files before QTI 2, whatever they hold."""


def hyphened(name: str) -> str:
    """Return a name of QTI 2 as QTI 3 spells it, without the prefix of elements."""
    return _HUMP.sub(lambda found: f"-{found[0].lower()}", name)
