"""Hostile packages and documents: whatever is sent, a refusal of the domain comes out and nothing else."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.documents import DocumentRefused
from question_bank.interchange.archives import ENTRY_BYTES_MAX, Archive
from question_bank.interchange.entries import Source, Target
from question_bank.interchange.formats import FORMATS
from question_bank.interchange.losses import LossKind, LossReport
from question_bank.interchange.qti.manifest_reading import ORIGINAL
from question_bank.interchange.qti.package_reading import read_qti
from question_bank.interchange.qti.vocabulary import QTI2, QTI3, VOCABULARIES
from tests.builders.samples import SAMPLES
from tests.question_bank.interchange.qti.contents import PLAN_KEPT
from tests.question_bank.interchange.qti.test_round_trips import keep_plan, plan

ITEM = (
    f'<qti-assessment-item xmlns="{QTI3.namespace}" identifier="Q1" title="Q" adaptive="false" time-dependent="false">'
    '<qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier"><qti-correct-response>'
    "<qti-value>a</qti-value></qti-correct-response></qti-response-declaration><qti-item-body>{before}"
    '<qti-choice-interaction response-identifier="RESPONSE" shuffle="true" max-choices="1"><qti-prompt>Which?</qti-prompt>'
    '<qti-simple-choice identifier="a">One</qti-simple-choice><qti-simple-choice identifier="b">Two</qti-simple-choice>'
    f'</qti-choice-interaction></qti-item-body><qti-response-processing template="{QTI3.templates}match_correct.xml"/>'
    "</qti-assessment-item>"
)


def item(before: str = "") -> str:
    return ITEM.replace("{before}", before)


def manifest(*resources: str) -> str:
    return f'<manifest xmlns="{QTI3.manifest_namespace}"><resources>{"".join(resources)}</resources></manifest>'


def resource(name: str, *inner: str) -> str:
    href = f"{name}.xml"
    return f'<resource identifier="{name}" type="{QTI3.item_type}" href="{href}"><file href="{href}"/>{"".join(inner)}</resource>'


def package(files: dict[str, str | bytes], write: Callable[[zipfile.ZipFile], Any] = lambda _: None) -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        write(archive)
    target.seek(0)
    return target


def no_file(name: str, content: bytes) -> str:
    raise AssertionError(name, content)


def read(source: io.BytesIO) -> tuple[list[str], list[str]]:
    """Return the codes that are taken, and the losses as they are told."""
    report = LossReport()
    found = [entry for entry in read_qti(Source(source, "p.zip", "en", report, no_file)) if entry.item]
    return [entry.item["code"] for entry in found], [str(loss) for loss in report.losses]


def refusal(source: io.BytesIO) -> str:
    with pytest.raises(DocumentRefused) as refused:
        read(source)
    assert "nothing was changed" in str(refused.value)
    return str(refused.value)


def test_a_package_is_read() -> None:
    codes, losses = read(package({"imsmanifest.xml": manifest(resource("Q1")), "Q1.xml": item()}))
    assert codes == ["Q1"]
    assert losses == ["p.zip/Q1.xml:1: Q1: does not say its language; 'en' is taken"]


def test_an_item_in_another_language_is_refused_alone() -> None:
    german = item().replace("<qti-assessment-item ", '<qti-assessment-item xml:lang="de-AT" ')
    english = item().replace("<qti-assessment-item ", '<qti-assessment-item xml:lang="en-GB" ').replace("Q1", "Q2")
    files = {"imsmanifest.xml": manifest(resource("Q1"), resource("Q2")), "Q1.xml": german, "Q2.xml": english}
    codes, losses = read(package(files))
    assert codes == ["Q2"]
    assert losses == [
        "p.zip/Q1.xml:1: Q1: is written in 'de-AT'; this import is in 'en'",
        "p.zip/Q2.xml:1: Q2: is written in 'en-GB', and is taken as 'en'",
    ]


@pytest.mark.parametrize(("written", "changes"), [("pt-BR", 1), ("pt", 1), ("pt-PT", 0), ("pt-pt", 0)])
def test_an_item_of_another_country_is_taken_by_agreement(written: str, changes: int) -> None:
    document = item().replace("<qti-assessment-item ", f'<qti-assessment-item xml:lang="{written}" ')
    report = LossReport()
    [entry] = read_qti(Source(io.BytesIO(document.encode()), "q.xml", "pt-PT", report, no_file))
    assert entry.item
    assert [loss.message for loss in report.of_kind(LossKind.CHANGED)] == [
        f"is written in '{written}', and is taken as 'pt-PT'"
    ] * changes


def test_a_question_that_is_given_up_is_counted() -> None:
    files = {
        "imsmanifest.xml": manifest(resource("Q1"), resource("Q2"), resource("Q3")),
        "Q1.xml": "<x/>",
        "Q2.xml": item(),
    }
    found = list(read_qti(Source(package(files), "p.zip", "en", LossReport(), no_file)))
    assert [bool(entry.item) for entry in found] == [False, True, False]


@pytest.mark.parametrize(
    "name",
    [
        "../Q1.xml",
        "/etc/passwd",
        "a/../../Q1.xml",
        "C:\\Q1.xml",
        "a\\..\\b",
        "./Q1.xml",
        "a//b",
        "~root/x",
        "line\nbreak",
    ],
)
def test_names_that_lead_out_are_refused(name: str) -> None:
    assert "leads out of the package" in refusal(package({"imsmanifest.xml": manifest(), name: "x"}))


def test_links_are_refused() -> None:
    def link(archive: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo("Q1.xml")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")

    assert "p.zip/Q1.xml: is a link" in refusal(package({"imsmanifest.xml": manifest()}, link))


def test_an_entry_without_a_name_is_refused() -> None:
    whole = bytearray(package({"imsmanifest.xml": manifest(), "x": "y"}).getvalue())
    whole[whole.rindex(b"PK\x01\x02") + 46] = 0  # its name in the table of contents, which Python ends at a NUL
    assert "leads out of the package" in refusal(io.BytesIO(whole))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_stand_twice_are_refused() -> None:
    twice = package({"imsmanifest.xml": manifest(resource("Q1")), "Q1.xml": "x"}, lambda z: z.writestr("Q1.xml", "y"))
    assert "p.zip/Q1.xml: stands 2 times" in refusal(twice)


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    bomb = package({"imsmanifest.xml": manifest(resource("Q1")), "Q1.xml": b" " * 20_000_000})
    assert "p.zip/Q1.xml: would grow more than 200 times" in refusal(bomb)


@pytest.mark.parametrize(("size", "told"), [(1 << 30, "has 1073741824 bytes"), (ENTRY_BYTES_MAX - 1, "would grow")])
def test_sizes_are_judged_by_what_the_archive_says(size: int, told: str) -> None:
    content = bytearray(package({"imsmanifest.xml": manifest(), "Q1.xml": b"x" * 100}).getvalue())
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", size)
    assert told in refusal(io.BytesIO(bytes(content)))


def test_what_is_encrypted_is_refused() -> None:
    content = bytearray(package({"imsmanifest.xml": manifest()}).getvalue())
    place = content.rindex(b"PK\x01\x02")
    content[place + 8] |= 1
    assert "is encrypted" in refusal(io.BytesIO(bytes(content)))


def test_files_that_lie_over_each_other_are_refused() -> None:
    content = bytearray(package({"imsmanifest.xml": manifest(), "a.xml": "x" * 50, "b.xml": "x" * 50}).getvalue())
    place = content.rindex(b"PK\x01\x02")
    before = content.rindex(b"PK\x01\x02", 0, place)
    content[place + 42 : place + 46] = content[before + 42 : before + 46]
    assert "as in archives made to burst" in refusal(io.BytesIO(bytes(content)))


def test_a_package_needs_its_manifest() -> None:
    assert "has no imsmanifest.xml" in refusal(package({"Q1.xml": item()}))
    folder = package({"bank/imsmanifest.xml": manifest(), "bank/Q1.xml": item()})
    assert "'bank/imsmanifest.xml': pack what is in that folder" in refusal(folder)
    assert "p.zip/imsmanifest.xml:1: is no manifest" in refusal(package({"imsmanifest.xml": "<manifest/>"}))
    twice = package({"imsmanifest.xml": manifest(resource("Q1"), "\n", resource("Q1")), "Q1.xml": item()})
    assert "p.zip/imsmanifest.xml:2: the resource 'Q1' stands in it more than once" in refusal(twice)


def test_references_are_followed_and_told() -> None:
    resources = (
        resource(
            "Q1", '<dependency identifierref="gone"/>', '<file href="gone.png"/>', '<file href="../../etc/passwd"/>'
        ),
        resource("Q2"),
        resource("Q3", '<dependency identifierref="Q4"/>'),
        resource("Q4", '<dependency identifierref="Q3"/>'),
    )
    files = {
        "imsmanifest.xml": manifest(*resources),
        "Q1.xml": item(),
        "Q3.xml": item(),
        "Q4.xml": item(),
        "stray.zip": "PK",
    }
    codes, losses = read(package(files))
    assert codes == ["Q1"]
    told = "\n".join(losses)
    assert "p.zip/imsmanifest.xml:1: gone.png: is missing; 'Q1' names it" in told
    assert "p.zip/imsmanifest.xml:1: gone: is missing; 'Q1' depends on it" in told
    assert "p.zip/imsmanifest.xml:1: Q1: names a file that is not in the package's folders" in told
    assert "p.zip/imsmanifest.xml:1: Q2: has no file with an item" in told
    assert "p.zip/imsmanifest.xml:1: Q3: depends on itself by way of other resources" in told
    assert "p.zip/stray.zip: stray.zip: is not named by the manifest" in told


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
XXE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (f"{XXE}{item('<p>&a;</p>')}".encode(), ":1: Q1: has a document type"),
        (f'<?xml version="1.0"?><!-- x -->\n{BOMB}{item("<p>&b;</p>")}'.encode(), ":1: Q1: has a document type"),
        (f'<?xml version="1.0" encoding="utf-16"?>{XXE}{item()}'.encode("utf-16"), ":1: Q1: has a document type"),
        (f'<!DOCTYPE x SYSTEM "x.dtd">{XXE}{item("<p>&a;</p>")}'.encode(), ":1: Q1: has a document type"),
        (f'<!DOCTYPE x PUBLIC "-//X//EN" "x.dtd" []>{item()}'.encode(), ":1: Q1: has a document type"),
        (f'<!DOCTYPE x SYSTEM "x.dtd">\n{item("<p>&nbsp;</p>")}'.encode(), ":2: Q1: is not well-formed XML"),
        (item("<p>&unknown;</p>").encode(), ":1: Q1: is not well-formed XML"),
        (item("<p>\n\xe9</p>").encode("latin-1"), ":2: Q1: says that it is utf-8, and byte"),
        (f'<?xml version="1.0" encoding="utf-7"?>{item()}'.encode(), ":1: Q1: is written in 'utf-7'"),
        (item("<div>" * 150 + "</div>" * 150).encode(), "is nested more than 100 levels deep"),
        (item("<div>" * 5000 + "</div>" * 5000).encode(), ": Q1: is"),
        (b"<html/>", "QTI 3.0, 2.2, 2.1 and 2.0 are read"),
        (b"", ": Q1: is not well-formed XML"),
        (random.Random(1).randbytes(5 * 1024 * 1024 + 1), "has 5242881 bytes; at most 5242880 are taken"),
        (
            item('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>').encode(),
            "XInclude}include>",
        ),
        (
            item("<qti-printed-variable identifier='x'/>").encode(),
            "<qti-printed-variable>, which has no counterpart here",
        ),
        (item("<p><script>alert(1)</script></p>").encode(), "<script>"),
        (item('<p><img src="../../etc/passwd" alt="x"/></p>').encode(), "did not come with the document"),
        (item('<p><img src="http://example.org/x.png" alt="x"/></p>').encode(), "did not come with the document"),
        (item("<value>3</value>").encode(), "value>, which has no counterpart here"),
        (f'<assessmentItem xmlns="{QTI2.namespace}" identifier="Q1" Title="Q"/>'.encode(), "Q1: "),
    ],
)
def test_a_hostile_item_is_refused_and_the_others_are_read(document: bytes, told: str) -> None:
    files = {
        "imsmanifest.xml": manifest(resource("Q1"), resource("Q2")),
        "Q1.xml": document,
        "Q2.xml": item().replace('identifier="Q1"', 'identifier="Q2"'),
    }
    codes, losses = read(package(files))
    assert codes == ["Q2"]
    assert any(told in loss for loss in losses), losses
    assert not any("root:" in loss for loss in losses)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "[]",
        '{"language":"en"}',
        '{"language":1,"item":{"kind":["x"]}}',
        "[" * 5000,
        '{"language":"en","item":{"kind":"matrix"}}',
    ],
)
def test_what_a_manifest_says_of_an_original_is_not_believed(said: str) -> None:
    own = f"<?{ORIGINAL} {said}?>"
    codes, losses = read(package({"imsmanifest.xml": manifest(resource("Q1", own)), "Q1.xml": item()}))
    assert codes == ["Q1"]
    assert any("says of its original what cannot be one" in loss for loss in losses) == bool(said)


@pytest.mark.parametrize("document", [b"", b"PK", b"PK\x03\x04", b"\x00" * 100, b"<a", XXE.encode() + b"<a>&a;</a>"])
def test_what_is_no_document_is_refused(document: bytes) -> None:
    refusal(io.BytesIO(document))


def _whole_packages() -> list[bytes]:
    tags = {
        "competence": "A1.1",
        "level": 5,
        "cognitive": "apply",
        "expected_difficulty": "0.6",
        "expected_seconds": 60,
    }
    items = [
        {"code": f"A{n}", "kind": kind, **tags, "enemies": [], **sample.content}
        for n, (kind, sample) in enumerate(SAMPLES.items())
    ]
    target = Target("p.zip", "en", LossReport(), plan)
    return [b"".join(FORMATS[name].write(items, target)) for name in VOCABULARIES]


WHOLE = _whole_packages()
_BITS = st.sampled_from(
    [
        b"",
        b"<",
        b">",
        b'"',
        b"&",
        b"<p/>",
        b"\x00",
        b"\xff",
        b"-1",
        b"1e999",
        b"]]>",
        b"qti-",
        b"identifier",
        b"0" * 400,
        b"NaN",
    ]
)


def _plan_or_nothing(name: str, content: bytes) -> str | None:
    return keep_plan(name, content) if content == PLAN_KEPT else None


def _harmless(source: io.BytesIO) -> None:
    report = LossReport()
    try:
        for entry in read_qti(Source(source, "p.zip", "en", report, _plan_or_nothing)):
            assert not entry.item or entry.item["kind"] in SAMPLES
    except DocumentRefused as refused:
        told = str(refused)
    else:
        told = ""
    assert bool(told) == told.startswith("p.zip: ")
    for loss in report.losses:
        assert str(loss)


@settings(max_examples=60)
@given(
    whole=st.sampled_from(WHOLE),
    changes=st.lists(st.tuples(st.integers(min_value=0), st.integers(0, 30), _BITS), min_size=1, max_size=4),
    name=st.integers(min_value=0),
)
def test_any_file_of_a_package_may_be_anything(whole: bytes, changes: list[tuple[int, int, bytes]], name: int) -> None:
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files: dict[str, str | bytes] = {entry: archive.read(entry) for entry in archive.namelist()}
    changed = list(files)[name % len(files)]
    content = bytes(files[changed])
    for place, length, bits in changes:
        start = place % (len(content) + 1)
        content = content[:start] + bits + content[start + length :]
    _harmless(package(files | {changed: content}))


@settings(max_examples=60)
@given(whole=st.sampled_from(WHOLE), place=st.integers(min_value=0), bits=st.binary(max_size=8))
def test_an_archive_may_be_anything(whole: bytes, place: int, bits: bytes) -> None:
    start = place % len(whole)
    _harmless(io.BytesIO(whole[:start] + bits + whole[start + len(bits) :]))


@settings(max_examples=60)
@given(vocabulary=st.sampled_from([QTI2, QTI3]), data=st.data())
def test_elements_may_stand_anywhere(vocabulary: Any, data: st.DataObject) -> None:
    from lxml import etree

    whole = WHOLE[list(VOCABULARIES).index(vocabulary.name)]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files: dict[str, str | bytes] = {entry: archive.read(entry) for entry in archive.namelist()}
    name = data.draw(st.sampled_from([entry for entry in files if entry.startswith("items/")]))
    root = etree.fromstring(bytes(files[name]))
    for _ in range(data.draw(st.integers(1, 3))):
        elements = list(root.iter())
        moved, target = data.draw(st.sampled_from(elements)), data.draw(st.sampled_from(elements))
        match data.draw(st.sampled_from(["drop", "copy", "attribute", "text"])):
            case "drop" if moved is not root:
                moved.getparent().remove(moved)
            case "copy":
                target.append(etree.fromstring(etree.tostring(moved, with_tail=False)))
            case "attribute" if moved.attrib:
                moved.set(
                    data.draw(st.sampled_from(sorted(moved.attrib))), data.draw(st.sampled_from(["", "x", "-1", "0"]))
                )
            case "text":
                moved.text = data.draw(st.sampled_from(["", "0", "x y", "[[1]]", "1e400"]))
    _harmless(package(files | {name: etree.tostring(root)}))


def bombs(count: int, inner: str) -> dict[str, str | bytes]:
    names = [f"q{number}" for number in range(count)]
    files: dict[str, str | bytes] = {"imsmanifest.xml": manifest(*(resource(name) for name in names))}
    return files | {f"{name}.xml": item(inner).replace('"Q1"', f'"{name}"') for name in names}


def test_entries_that_are_small_alone_burst_nothing_together() -> None:
    small = "<p/>" * 200_000
    assert len(small) < 1024 * 1024
    assert "would grow more than 200 times" in refusal(package(bombs(8, small)))


def test_an_item_of_countless_elements_is_refused_before_it_is_read() -> None:
    assert "more than 100000 tags" in refusal(io.BytesIO(item("<p/>" * 110_000).encode()))


def test_the_elements_of_a_package_are_bounded_by_its_size() -> None:
    taken, told = read(package(bombs(4, "<p/>" * 40_000)))
    assert taken == ["q0", "q1"]
    refusals = ["the package has more tags than packages of its size" in line for line in told if "is not read" in line]
    assert refusals == [True, True]


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (manifest("<a/>" * 150_000), "more tags than packages of its size"),
        (manifest(resource("Q1")) + "<?a?>" * 101, "more than 100 processing instructions outside"),
        (f"{'<?a?>' * 101}{manifest(resource('Q1'))}", "more than 100 processing instructions outside"),
        (f"{BOMB}{manifest(resource('Q1'))}", "p.zip/imsmanifest.xml:1: has a document type"),
        (f"<!-- \n -->{XXE}{manifest(resource('Q1'))}", "p.zip/imsmanifest.xml:1: has a document type"),
        (manifest(resource("&unknown;")), "p.zip/imsmanifest.xml:1: is not well-formed XML"),
        (manifest("\n", resource("Q1"), "<resource"), "p.zip/imsmanifest.xml:2: is not well-formed XML"),
        (f'<?xml version="1.0" encoding="utf-7"?>{manifest()}', "p.zip/imsmanifest.xml:1: is written in 'utf-7'"),
        (manifest("\n\n", resource("Q\xe9")).encode("latin-1"), "p.zip/imsmanifest.xml:3: says that it is utf-8"),
        (
            manifest().encode() + "\u20ac".encode()[:2],
            "p.zip/imsmanifest.xml:1: says that it is utf-8, and ends within",
        ),
        (manifest("<a>" * 150 + "</a>" * 150), "is nested more than 100 levels deep"),
        ("", "p.zip/imsmanifest.xml:1: is empty"),
    ],
)
def test_a_manifest_that_cannot_be_read_refuses_the_package(document: str | bytes, told: str) -> None:
    assert told in refusal(package({"imsmanifest.xml": document, "Q1.xml": item()}))


def test_a_resource_of_countless_elements_is_refused() -> None:
    large = random.Random(1).randbytes(200_000)  # which allows for so many tags
    files = {"imsmanifest.xml": manifest(resource("Q1", "<a/>" * 110_000)), "Q1.xml": item(), "x": large}
    assert "p.zip/imsmanifest.xml:1: has more than 100000 tags in one <resource>" in refusal(package(files))


def test_a_manifest_is_read_in_every_encoding_that_items_are() -> None:
    for encoding in ("utf-16", "iso-8859-1", "utf-8-sig"):
        named = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>{manifest(resource("Q1"))}'
        codes, _ = read(package({"imsmanifest.xml": named.encode(encoding), "Q1.xml": item()}))
        assert codes == ["Q1"]


def test_files_that_are_read_in_pieces_may_be_larger_than_others() -> None:
    files: dict[str, str | bytes] = {"imsmanifest.xml": "x" * 20}
    with pytest.raises(DocumentRefused, match="has 20 bytes; at most 10 are taken"):
        Archive(package(files), file="p.zip", entry_bytes_max=10)
    assert Archive(package(files), file="p.zip", entry_bytes_max=10, larger={"imsmanifest.xml": 20}).names
