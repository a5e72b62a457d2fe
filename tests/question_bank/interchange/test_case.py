"""CASE both ways: ours come back as they were, foreign packages lose nothing unsaid, hostile ones are refused whole."""

from __future__ import annotations

import json
import uuid
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.canonical import digest
from kernel.errors import TooLarge
from question_bank.documents import DOCUMENT_BYTES_MAX, DocumentRefused, opened
from question_bank.interchange import case_reading
from question_bank.interchange.case_reading import read_case
from question_bank.interchange.case_terms import CaseVersion
from question_bank.interchange.case_writing import write_case
from question_bank.interchange.framework_reading import read_framework
from question_bank.interchange.losses import LossKind
from question_bank.sample import sample_framework
from tests.builders.kernel import NOW
from tests.question_bank.interchange.frameworks import framework_documents

BODY = uuid.UUID(int=7)
FACTS = {"organisation_id": BODY, "creator": "A Body", "changed_at": "2026-11-22T09:00:00Z"}


def packed(package: object) -> bytes:
    return json.dumps(package).encode()


def node(name: str, statement: str, **members: Any) -> dict[str, Any]:
    required = {"uri": f"https://foreign.example/{name}", "lastChangeDateTime": "2026-01-01T00:00:00Z"}
    return {"identifier": name, "fullStatement": statement, **required, **members}


def child(origin: str, destination: str, kind: str = "isChildOf", **members: Any) -> dict[str, Any]:
    ends = {
        "originNodeURI": {"title": "", "identifier": origin, "uri": ""},
        "destinationNodeURI": {"title": "", "identifier": destination, "uri": ""},
    }
    return {"identifier": f"{origin}-{destination}-{kind}", "associationType": kind, **ends, **members}


def foreign(**changes: Any) -> dict[str, Any]:
    """A small curriculum as other systems write it: no roles, no levels, one statement deeper than we go."""
    return {
        "CFDocument": {
            "identifier": "doc",
            "uri": "https://foreign.example/doc",
            "creator": "A ministry",
            "title": "Cycling",
            "lastChangeDateTime": "2026-01-01T00:00:00Z",
            "version": "3",
            "language": "en",
        },
        "CFItems": [
            node("g", "Riding", humanCodingScheme="R"),
            node("s", "Keeps a distance.", humanCodingScheme="R.2", abbreviatedStatement="Distance"),
            node("t", "Signals before turning.", humanCodingScheme="R.1", educationLevel=["04"], notes="From 2020."),
            node("u", "Looks over the shoulder."),
            node("v", "Turns the head far enough."),
        ],
        "CFAssociations": [
            child("g", "doc", sequenceNumber=1),
            child("s", "g", sequenceNumber=2),
            child("t", "g", sequenceNumber=1),
            child("u", "t"),
            child("v", "u"),
            child("t", "elsewhere", "exactMatchOf"),
        ],
        **changes,
    }


def faults(package: object) -> dict[str, str]:
    with pytest.raises(DocumentRefused) as refused:
        read_case(packed(package), file="p.json")
    return {fault.place: fault.message for fault in refused.value.faults}


@settings(max_examples=60, deadline=None)
@given(framework_documents())
def test_what_is_written_and_read_again_is_the_same_framework(document: dict[str, Any]) -> None:
    root = opened(document, "")
    read_framework(root, BODY, NOW)
    assert root.faults == {}
    package, report = write_case(document, **FACTS)
    reading = read_case(packed(package), file="p.json")
    assert digest(reading.document) == digest(document)
    assert list(reading.report.losses) == []
    assert report.exact == []  # every thing has a provenance, and that is ours alone
    assert not report.of_kind(LossKind.REFUSED)


def test_the_sample_comes_back_whole() -> None:
    document = sample_framework()
    reading = read_case(packed(write_case(document, **FACTS).package), file="p.json")
    assert digest(reading.document) == digest(document)


@pytest.mark.parametrize("version", CaseVersion)
def test_a_package_has_the_members_of_the_standard_and_no_others(version: CaseVersion) -> None:
    """The binding's JSON schemas close every object: an unknown member makes a package invalid."""
    later = {"extensions"} if version is CaseVersion.V1_1 else set()
    package = write_case(sample_framework(), **FACTS, version=version).package
    dated = {"identifier", "uri", "lastChangeDateTime"}
    document = dated | {"creator", "title", "version", "language", "adoptionStatus", "notes"} | later
    assert set(package["CFDocument"]) == document | ({"caseVersion"} if later else set())
    item = dated | {"fullStatement", "CFItemType", "humanCodingScheme", "language"} | later
    for one in package["CFItems"]:
        assert set(one) - {"abbreviatedStatement"} == item
    association = dated | {"associationType", "sequenceNumber", "originNodeURI", "destinationNodeURI"}
    for one in package["CFAssociations"]:
        assert set(one) - ({"notes"} if later else set()) == association
        assert one["associationType"] in {"isChildOf", "isRelatedTo"}
        for end in ("originNodeURI", "destinationNodeURI"):
            assert set(one[end]) == {"title", "identifier", "uri"}


@pytest.mark.parametrize("version", CaseVersion)
def test_identifiers_are_stable_and_belong_to_the_body(version: CaseVersion) -> None:
    document = sample_framework()
    one, again = (write_case(document, **FACTS, version=version).package for _ in range(2))
    other = write_case(document, **{**FACTS, "organisation_id": uuid.UUID(int=8)}, version=version).package
    names = [thing["identifier"] for thing in [one["CFDocument"], *one["CFItems"], *one["CFAssociations"]]]
    assert len(set(names)) == len(names)
    assert one == again
    assert not {item["identifier"] for item in other["CFItems"]} & set(names)
    assert {uuid.UUID(name).version for name in names} == {5}


def test_an_edit_made_elsewhere_is_heeded() -> None:
    package = write_case(sample_framework(), **FACTS).package
    competence = next(item for item in package["CFItems"] if item["CFItemType"] == "Competence")
    competence["abbreviatedStatement"] = "A better name"
    code = competence["humanCodingScheme"]
    document = read_case(packed(package), file="p.json").document
    assert next(one for one in document["competences"] if one["code"] == code)["name"] == "A better name"


def test_case_1_0_has_no_place_for_what_is_ours_and_the_report_says_so() -> None:
    package, report = write_case(sample_framework(), **FACTS, version=CaseVersion.V1_0)
    assert "extensions" not in json.dumps(package)
    assert "caseVersion" not in package["CFDocument"]
    refused = {loss.subject: loss.message for loss in report.of_kind(LossKind.REFUSED)}
    assert refused["Competence A1.1"].startswith("eqf, basis, provenance")
    assert len(refused) == 1 + len(package["CFItems"])
    reading = read_case(packed(package), file="p.json")
    assert [len(reading.document[name]) for name in ("areas", "roles", "competences")] == [8, 3, 40]
    assert "eqf" not in reading.document["competences"][0]


def test_a_foreign_package_becomes_a_document_with_what_it_says_and_nothing_more() -> None:
    document, report = read_case(packed(foreign()), file="p.json")
    assert document["framework"] == {"title": "Cycling", "version": "3", "language": "en"}
    assert document["sources"] == {"case": {"name": "Cycling", "url": "https://foreign.example/doc"}}
    assert document["roles"] == []
    assert [(area["code"], area["name"]) for area in document["areas"]] == [("R", "Riding")]
    first, second = document["competences"]
    assert [first["code"], second["code"]] == ["R.1", "R.2"], "siblings stand in the order of their numbers"
    assert first["area"] == "R"
    assert "name" not in first
    assert second["name"] == "Distance"
    assert first["criteria"] == [
        {"text": "Looks over the shoulder.", "provenance": {"text": "sourced"}, "sources": {"text": ["case"]}}
    ]
    assert first["provenance"] == {"code": "sourced", "description": "sourced", "area": "sourced"}
    told = {(loss.kind, loss.place, loss.subject): loss.message for loss in report.losses}
    assert told[LossKind.OPEN, "#/CFItems/2", "R.1 (t)"] == "the package does not say: name, eqf"
    assert told[LossKind.REFUSED, "#/CFItems/2", "R.1 (t)"] == "not taken: educationLevel, notes"
    assert told[LossKind.REFUSED, "#/CFItems/4", "v"].startswith("it stands deeper than area, competence")
    assert told[LossKind.REFUSED, "#/CFAssociations/5", "R.1 (t)"] == "'exactMatchOf' with 'elsewhere' is not taken"
    assert report.exact == ["R (g)"]


def test_what_hangs_in_two_places_is_left_open() -> None:
    package = foreign()
    package["CFItems"].append(node("h", "Steering", humanCodingScheme="S"))
    package["CFAssociations"] += [child("h", "doc"), child("s", "h"), child("t", "h")]
    document, report = read_case(packed(package), file="p.json")
    (twice,) = (competence for competence in document["competences"] if competence.get("code") == "R.2")
    assert "area" not in twice
    assert "R.2 (s)" in {loss.subject for loss in report.of_kind(LossKind.OPEN)}


def test_parts_that_are_never_read_are_named_and_may_hold_anything() -> None:
    package = foreign(CFRubrics=[{"identifier": "r", "weight": 0.5}], CFDefinitions={"CFSubjects": []})
    package["CFItems"][0]["extensions"] = {"ext:other": {"x": 1.5}}
    report = read_case(packed(package), file="p.json").report
    assert [(loss.place, loss.kind) for loss in report.losses][:3] == [
        ("#/CFDefinitions", LossKind.REFUSED),
        ("#/CFRubrics", LossKind.REFUSED),
        ("#/CFItems/0/extensions", LossKind.REFUSED),
    ]


def test_circles_are_refused_with_their_place() -> None:
    package = foreign()
    package["CFAssociations"][0] = child("g", "v")
    assert "p.json#/CFAssociations/0" in faults(package)
    assert list(faults(foreign(CFAssociations=[child("u", "u")]))) == ["p.json#/CFAssociations/0"]


def test_associations_that_lead_nowhere_are_refused() -> None:
    package = foreign(CFAssociations=[child("g", "doc"), child("s", "nobody"), child("ghost", "g")])
    assert faults(package) == {
        "p.json#/CFAssociations/1/destinationNodeURI": "there is no CFItem 'nobody' in this package",
        "p.json#/CFAssociations/2/originNodeURI": "there is no CFItem 'ghost' in this package",
    }


def test_identifiers_that_stand_twice_are_refused() -> None:
    package = foreign()
    package["CFItems"].append(node("g", "Riding again"))
    assert faults(package) == {"p.json#/CFItems/5/identifier": "'g' stands already at p.json#/CFItems/0/identifier"}


@pytest.mark.parametrize(
    ("package", "place"),
    [
        (b"[]", "p.json#"),
        (b"{", "p.json:1:2"),
        (b"\xff", "p.json: byte 0"),
        (b"{}", "p.json#/CFDocument"),
        (b"[" * 100_000, "p.json#"),
        (b'{"CFDocument": {"identifier": "d"}, "CFItems": "many"}', "p.json#/CFItems"),
        (b'{"CFDocument": {"identifier": "d"}, "CFItems": [7]}', "p.json#/CFItems/0"),
        (b'{"CFDocument": {"identifier": "d", "notes": 1.5}}', "p.json#/CFDocument/notes"),
    ],
)
def test_hostile_bytes_are_refused_with_a_place(package: bytes, place: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        read_case(package, file="p.json")
    assert place in {fault.place for fault in refused.value.faults}


def test_too_much_is_refused() -> None:
    with pytest.raises(TooLarge):
        read_case(b" " * (DOCUMENT_BYTES_MAX + 1), file="p.json")
    many = foreign(CFItems=[node(str(number), "x") for number in range(case_reading.ITEMS_MAX + 1)], CFAssociations=[])
    assert "p.json#/CFItems" in faults(many)


def test_a_chain_of_ten_thousand_is_read_without_losing_breath() -> None:
    items = [node(str(number), "x") for number in range(case_reading.ITEMS_MAX)]
    chain = [child(str(number), str(number - 1)) for number in range(1, case_reading.ITEMS_MAX)]
    document, report = read_case(packed(foreign(CFItems=items, CFAssociations=chain)), file="p.json")
    assert [len(document["areas"]), len(document["competences"])] == [1, 1]
    assert len(report.of_kind(LossKind.REFUSED)) == case_reading.ITEMS_MAX - 3


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
MEMBERS = st.sampled_from(
    ["identifier", "fullStatement", "humanCodingScheme", "CFItemType", "abbreviatedStatement", "extensions"]
)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 4), MEMBERS, JUNK, st.booleans())
def test_whatever_an_item_says_it_is_read_or_refused(index: int, member: str, junk: object, ours: bool) -> None:
    package = deepcopy(write_case(sample_framework(), **FACTS).package if ours else foreign())
    package["CFItems"][index][member] = {"exam-engine": junk} if member == "extensions" else junk
    try:
        document, _ = read_case(packed(package), file="p.json")
    except DocumentRefused:
        return
    root = opened(document, "")
    read_framework(root, BODY, NOW)
