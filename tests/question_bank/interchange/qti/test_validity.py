"""What is written holds what the schemas of QTI 3.0 and 2.2 allow, where they allow it.

The schemas may not be passed on; what of them concerns us stands in our own words in ``profile.dtd``.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from question_bank.interchange.qti.item_mapping import write_item
from question_bank.interchange.qti.stimuli import written_stimulus
from question_bank.interchange.qti.vocabulary import MATHML, QTI3, Vocabulary
from question_bank.interchange.qti.xml_trees import read_xml, spelled_as_qti3, written
from tests.builders.samples import PLAN
from tests.question_bank.interchange.qti.contents import entries
from tests.question_bank.interchange.qti.test_round_trips import BOTH, EVERY_KIND, packed, unpacked

PROFILE = etree.DTD(str(Path(__file__).with_name("profile.dtd")))
SCHEMAS = {"qti3": ("QTI Package", "3.0.0"), "qti2": ("QTIv2.2 Package", "1.0.0")}
"""What the packaging guides of both editions have a manifest say of itself."""
RESOURCES = {
    "qti3": {"imsqti_item_xmlv3p0", "imsqti_stimulus_xmlv3p0", "webcontent"},
    "qti2": {"imsqti_item_xmlv2p2", "imsqti_stimulus_xmlv2p2", "webcontent"},
}
EVERYTHING = (
    f"So *a* **b** `c` x^2^ H~2~O \\(x_i\\)\n\n3. three\n4. four\n\n- one\n\n> said\n\n```\ncode\n```\n\n| a | b |\n|---|---:|\n"
    f"| 1 | 2 |\n\n\\[x\\]\n\n![A plan](media:{PLAN}.png)"
)


def faults(document: bytes) -> list[str]:
    """Return what the profile does not allow in an item or stimulus; formulas are left to MathML."""
    root = spelled_as_qti3(read_xml(document))
    for formula in root.iter(f"{{{MATHML}}}math"):
        formula.clear(keep_tail=True)
        formula.tag = "math"
    etree.cleanup_namespaces(root)
    PROFILE.validate(etree.fromstring(etree.tostring(root)))
    return [error.message for error in PROFILE.error_log.filter_from_errors()]


@BOTH
@EVERY_KIND
@settings(max_examples=5)
@given(data=st.data())
def test_items_of_every_kind_are_as_the_schemas_want_them(
    kind: str, vocabulary: Vocabulary, data: st.DataObject
) -> None:
    document = written(write_item(data.draw(entries(kind)), "en", vocabulary), vocabulary)
    assert faults(document) == []


@BOTH
def test_every_element_of_texts_is_one_that_the_schemas_have(vocabulary: Vocabulary) -> None:
    stimulus = {"code": "S1", "title": "A city", "text": EVERYTHING}
    assert faults(written(written_stimulus(stimulus, "en"), vocabulary)) == []
    entry = {"code": "E1", "kind": "short_text", "stem": EVERYTHING, "accepted": ["it"], "stimulus": stimulus}
    assert faults(written(write_item(entry, "en", vocabulary), vocabulary)) == []


def test_the_profile_itself_finds_what_is_wrong() -> None:
    entry = {"code": "E1", "kind": "short_text", "stem": "What?", "accepted": ["it"]}
    document = written(write_item(entry, "en", QTI3), QTI3)
    assert faults(document.replace(b"<p>What?</p>", b"What?"))
    assert faults(document.replace(b"<p>What?</p>", b'<ol start="3"><li>What?</li></ol>'))
    assert faults(document.replace(b' cardinality="single"', b""))


@BOTH
def test_a_manifest_holds_what_its_schema_knows(vocabulary: Vocabulary) -> None:
    stimulus = {"code": "S1", "title": "A city", "text": f"![A plan](media:{PLAN}.png)"}
    tags: dict[str, Any] = {"enemies": [], "rationale": "Why ?> and <!-- not --> & so", "source": "s"}
    items = [
        {"code": code, "kind": "short_text", "stem": EVERYTHING, "accepted": ["it"], "stimulus": stimulus, **tags}
        for code in ("MANIFEST", "2-b")
    ]
    package, report = packed(items, vocabulary)
    with zipfile.ZipFile(package) as archive:
        root = etree.parse(io.BytesIO(archive.read("imsmanifest.xml"))).getroot()
        names = set(archive.namelist()) - {"imsmanifest.xml"}
    kinds = [etree.QName(part).localname for part in root]
    assert kinds == ["metadata", "organizations", "resources"]
    said = [(etree.QName(part).localname, part.text) for part in root[0]]
    assert said == [("schema", SCHEMAS[vocabulary.name][0]), ("schemaversion", SCHEMAS[vocabulary.name][1])]
    assert len(root[1]) == 0
    resources = list(root[2])
    identifiers = [root.get("identifier"), *(resource.get("identifier") for resource in resources)]
    assert len(identifiers) == len(set(identifiers))
    for resource in resources:
        parts = [etree.QName(part).localname for part in resource.iterchildren(etree.Element)]
        assert parts == ["file"] + ["dependency"] * (len(parts) - 1)
        assert resource.get("type") in RESOURCES[vocabulary.name]
        assert {part.get("identifierref") for part in resource.iterfind("{*}dependency")} <= set(identifiers)
    assert {part.get("href") for part in root.iter("{*}file")} == names
    assert "its numbered lists begin with 1" in "".join(loss.message for loss in report.losses)
    assert [entry.item for entry in unpacked(package)[0]] == items
