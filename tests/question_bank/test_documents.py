"""Documents: what is unreadable, unstorable or foreign is refused with its place, and all faults come together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.canonical import digest
from kernel.errors import TooLarge
from question_bank import documents
from question_bank.documents import DocumentRefused, Place, opened, quoted, read_document, refuse_repeats


def read(document: bytes) -> Place:
    return read_document(document, file="x.json", document_format="a-format", version=1)


def refusal(document: bytes) -> tuple[str, str]:
    with pytest.raises(DocumentRefused) as refused:
        read(document)
    (fault,) = refused.value.faults
    assert "nothing was changed" in refused.value.detail
    return fault.place, fault.message


@pytest.mark.parametrize(
    ("document", "place", "message"),
    [
        (b"\xff\xfe", "x.json: byte 0", "is not UTF-8"),
        (b'{\n "a": }', "x.json:2:7", "is not JSON"),
        (b"", "x.json:1:1", "is not JSON"),
        (b"[]", "x.json#", "must be an object"),
        (b"{}", "x.json#/format", "is missing; it must be 'a-format'"),
        (b'{"format": "other"}', "x.json#/format", "'other' is not known here"),
        (b'{"format": ["a-format"]}', "x.json#/format", "it must be 'a-format'"),
        (b'{"format": "a-format"}', "x.json#/format_version", "is missing; it must be 1"),
        (b'{"format": "a-format", "format_version": 2}', "x.json#/format_version", "2 is not known here"),
        (b'{"format": "a-format", "format_version": true}', "x.json#/format_version", "True is not known here"),
        (b'{"format": "a-format", "format_version": 1.0}', "x.json#/format_version", "1.0 is not known here"),
        (b"[" * 100_000, "x.json#", "nested"),
        (b'{"format": ' + b"[" * 600 + b"]" * 600 + b"}", "x.json#/format", "a list is not known here"),
        (b'{"format": ' + b"9" * 10_000 + b"}", "x.json#", "too many digits"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(document: bytes, place: str, message: str) -> None:
    found_place, found_message = refusal(document)
    assert found_place == place
    assert message in found_message


def test_a_byte_order_mark_is_forgiven() -> None:
    read(b'\xef\xbb\xbf{"format": "a-format", "format_version": 1}')


def test_a_document_beyond_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "DOCUMENT_BYTES_MAX", 10)
    with pytest.raises(TooLarge, match=r"x\.json: 11 bytes"):
        read(b"x" * 11)


@pytest.mark.parametrize(
    ("member", "place", "message"),
    [
        ('"x": 0.5', "x.json#/x", 'write it as text: "0.5"'),
        ('"x": NaN', "x.json#/x", 'write it as text: "NaN"'),
        ('"x": 1e400', "x.json#/x", '"1e400"'),
        ('"x": ["ok", "a\\u0000b"]', "x.json#/x/1", "control characters"),
        ('"x": "\\ud800"', "x.json#/x", "halves of characters"),
        ('"a\\ud800": 1', "x.json#/a\\ud800", "control characters in its name"),
        ('"x": 1, "x": 2', "x.json#/x", "stands more than once"),
        ('"x": {"y/z~": 0.1}', "x.json#/x/y~1z~0", "inexactly"),
        ('"x": ' + "[" * 33 + "]" * 33, "x.json#/x" + "/0" * 31, "nested more than 32 levels"),
    ],
)
def test_what_cannot_be_stored_exactly_is_a_fault_at_its_place(member: str, place: str, message: str) -> None:
    root = read(f'{{"format": "a-format", "format_version": 1, {member}}}'.encode())
    assert list(root.faults) == [place]
    assert message in root.faults[place]
    with pytest.raises(DocumentRefused) as refused:
        root.settle()
    str(refused.value).encode()


def test_an_object_with_a_very_long_name_does_not_make_long_pointers() -> None:
    root = opened({"n" * 1_000_000: {"x": {"y": 0.5}}}, "")
    assert [len(pointer) for pointer in root.faults] == [105]


def test_all_faults_are_listed_at_once_and_the_list_is_cut_at_a_hundred() -> None:
    root = opened({"list": [0.5] * 250}, "x.json#")
    with pytest.raises(DocumentRefused) as refused:
        root.settle()
    assert refused.value.detail == "x.json: 250 faults, the first 100 are listed; nothing was changed"
    assert [fault.place for fault in refused.value.faults[:2]] == ["x.json#/list/0", "x.json#/list/1"]
    assert len(refused.value.faults) == 100


def test_a_hostile_document_keeps_no_more_than_a_thousand_faults() -> None:
    root = opened([0.5] * 5000, "x.json#")
    assert len(root.faults) == 1001
    with pytest.raises(DocumentRefused, match=r"x\.json: over 1000 faults, the first 100 are listed"):
        root.settle()


def test_the_first_fault_of_a_place_is_the_one_that_is_told() -> None:
    place = opened({}, "").member("name")
    place.text()
    place.code()
    place.refuse("is also wrong otherwise")
    assert place.faults == {"/name": "is missing"}


def test_what_would_stand_below_a_misshapen_place_is_not_reported_again() -> None:
    root = opened({"header": "text"}, "")
    header = root.member("header")
    header.shape("code")
    header.member("code").code()
    header.member("list").elements(at_least=1)
    assert root.faults == {"/header": "must be an object"}


def faults_of(value: Any, read_it: str, *arguments: Any) -> dict[str, str]:
    place = opened({"x": value}, "").member("x")
    getattr(place, read_it)(*arguments)
    return place.faults


@pytest.mark.parametrize(
    ("value", "reader", "arguments", "message"),
    [
        (3, "text", (), "must be text"),
        ("  ", "text", (), "is empty"),
        ("x" * 10_001, "text", (), "10001 characters"),
        ("a b", "code", (), "is no code"),
        (".hidden", "code", (), "is no code"),
        ("x" * 65, "code", (), "is no code"),
        ("english", "language", (), "is no language tag"),
        ("EN", "language", (), "is no language tag"),
        (True, "whole", (range(1, 9),), "must be a whole number"),
        ("4", "whole", (range(1, 9),), "must be a whole number"),
        (9, "whole", (range(1, 9),), "9 is outside 1..8"),
        (0, "whole", (range(1, 9),), "0 is outside 1..8"),
        ("c", "one_of", (("a", "b"), "letter"), "'c' is no letter; there is a, b"),
        ("c", "one_of", ((), "letter"), "there is none"),
        ("a", "one_of", ([str(n) for n in range(20)], "n"), "10, 11, ..."),
        ({}, "elements", (), "must be a list"),
        ([], "elements", (1,), "needs at least 1, has 0"),
        ([1, 2, 3], "elements", (1, 2), "needs 1 to 2, has 3"),
        ([], "shape", ("a",), "must be an object"),
        (None, "text", (), "must be text"),
    ],
)
def test_every_reader_names_what_it_expects(value: Any, reader: str, arguments: tuple[Any, ...], message: str) -> None:
    faults = faults_of(value, reader, *arguments)
    assert list(faults) == ["/x"]
    assert message in faults["/x"]


@pytest.mark.parametrize(
    ("value", "reader", "arguments"),
    [
        ("Größe", "text", ()),
        ("two\nlines", "text", ()),
        ("A1.1-5_01", "code", ()),
        ("Умение.1", "code", ()),
        ("pt-BR", "language", ()),
        (8, "whole", (range(1, 9),)),
        ("a", "one_of", (("a", "b"), "letter")),
        ([1, 2], "elements", (1, 2)),
        ({"a": 1}, "shape", ("a", "b")),
    ],
)
def test_what_fits_leaves_no_fault(value: Any, reader: str, arguments: tuple[Any, ...]) -> None:
    assert faults_of(value, reader, *arguments) == {}


def test_an_unknown_member_is_named() -> None:
    assert faults_of({"a": 1, "rnak": 2}, "shape", "a", "rank") == {
        "/x/rnak": "is unknown here; this object has a, rank"
    }


def test_a_repeated_text_points_at_the_first() -> None:
    root = opened(["a", "b", "a", 3, 3], "")
    refuse_repeats(root.elements())
    assert root.faults == {"/2": "'a' stands already at /0"}


def test_quoting_escapes_and_cuts() -> None:
    assert quoted("a\x1b[31m\ud800") == r"'a\x1b[31m\ud800'"
    assert len(quoted("x" * 500)) == 63
    assert (quoted({"a": 1}), quoted([1])) == ("an object", "a list")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda children: (
        st.lists(children) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs", "Cc"])), children)
    ),
    max_leaves=20,
)


@given(json_values)
def test_whatever_leaves_no_fault_has_a_canonical_hash(value: Any) -> None:
    document = {"format": "a-format", "format_version": 1, "value": value}
    root = read(json.dumps(document).encode())
    assert not root.faults
    assert digest(root.value) == digest(document)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \\u', max_size=60).map(str.encode))
def test_no_bytes_at_all_break_the_reader(document: bytes) -> None:
    with pytest.raises(DocumentRefused):
        read(document)
