"""Texts and tables that candidates hand in: which are taken, and what is kept of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.uploads import UploadRefused, read_response_file
from question_bank.uploads.texts import TEXT_BYTES_MAX
from tests.builders.files import mp3, pdf, png

PLAIN, TABLE, PDF, PNG = "text/plain", "text/csv", "application/pdf", "image/png"


def refusal(content: bytes, *accepts: str) -> str:
    with pytest.raises(UploadRefused) as refused:
        read_response_file(content, frozenset(accepts))
    return refused.value.detail


@pytest.mark.parametrize(
    ("content", "accepts", "media_type", "kept"),
    [
        (b"Zebra crossings, 1 to 3", {PLAIN}, PLAIN, b"Zebra crossings, 1 to 3"),
        ("\ufeffGr\u00fc\u00dfe".encode(), {PLAIN}, PLAIN, "Gr\u00fc\u00dfe".encode()),
        ("Gr\u00fc\u00dfe".encode("utf-16"), {PLAIN}, PLAIN, "Gr\u00fc\u00dfe".encode()),
        (b"<script>alert(1)</script>", {PLAIN}, PLAIN, b"<script>alert(1)</script>"),
        (b"ID3 is a tag", {PLAIN}, PLAIN, b"ID3 is a tag"),
        (b"hour,bikes\r\n8,12\r\n9,-3\r\n", {PLAIN, TABLE}, TABLE, b"hour,bikes\r\n8,12\r\n9,-3\r\n"),
        (b"hour;bikes\n8;1,5\n\n9;+3 %\n", {TABLE}, TABLE, b"hour;bikes\n8;1,5\n\n9;+3 %\n"),
        (b'who,said\nEva,"no, - not\nnow"\n', {TABLE}, TABLE, b'who,said\nEva,"no, - not\nnow"\n'),
        (
            "\u0646\u200c\u0645 \U0001f469\u200d\U0001f52c".encode(),
            {PLAIN},
            PLAIN,
            "\u0646\u200c\u0645 \U0001f469\u200d\U0001f52c".encode(),
        ),
        (b"One sentence, and\nanother one.", {PLAIN, TABLE}, PLAIN, b"One sentence, and\nanother one."),
    ],
)
def test_a_text_is_taken_as_what_is_asked_for(content: bytes, accepts: set[str], media_type: str, kept: bytes) -> None:
    upload = read_response_file(content, accepts)
    assert (upload.media_type, upload.content) == (media_type, kept)
    assert read_response_file(upload.content, accepts) == upload


@pytest.mark.parametrize(
    ("content", "accepts", "words"),
    [
        (b"", {PLAIN}, "empty"),
        (b" \n\t", {PLAIN}, "says nothing"),
        ("Gr\u00fc\u00dfe".encode("latin-1"), {PLAIN}, "UTF-8"),
        (b"one\ntwo\x07", {PLAIN}, "line 2"),
        *((f"one\ntwo{sign}".encode(), {PLAIN}, "line 2") for sign in "\u202e\u200b\u2066\U000e0041\ufeff\x7f\x85"),
        (b"x" * (TEXT_BYTES_MAX + 1), {PLAIN}, "2 MiB"),
        (b"no table\n", {TABLE}, "no table"),
        (b"a,b\n1,2,3\n", {TABLE}, "no table"),
        (b'a,"b\n1,2\n', {TABLE}, "no table"),
        (b"a,b\n1,=1+1\n", {TABLE}, "row 2"),
        (b"a;b\n1;@SUM(A1)\n", {TABLE}, "row 2"),
        (b"1," * 70_000 + b"1\n1;=1+1;1," + b"1," * 69_999 + b"1\n", {TABLE}, "more than 131072 characters"),
        (b"a,b\n5;=1,2\n", {TABLE}, "'=1,2'"),
        (b"a,b\n1,-cmd|' /C calc'!A0\n", {TABLE}, "row 2"),
        (b'a,b\n1," +HYPERLINK(""http://x"")"\n', {TABLE}, "row 2"),
        (png(), {PLAIN}, "this is a PNG file; asked for here are TXT"),
        (pdf(), {PNG}, "this is a PDF file"),
        (mp3(), {PDF, TABLE}, "this is a MP3 file"),
        (b"PK\x03\x04\x14\x00\x00\x00", {PLAIN}, "ZIP archive"),
        (b"<html>", {PDF}, "tags"),
    ],
)
def test_what_is_asked_for_otherwise_or_would_be_run_is_refused(content: bytes, accepts: set[str], words: str) -> None:
    assert words in refusal(content, *accepts)


cells = st.text("ab=+-@12,;\t|( \n", max_size=6)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=3), st.sampled_from(",;\t"))
def test_no_table_that_is_taken_has_a_cell_that_begins_a_formula(rows: list[tuple[str, str]], separator: str) -> None:
    try:
        upload = read_response_file("\n".join(separator.join(row) for row in rows).encode(), {TABLE})
    except UploadRefused:
        return
    found = re.split(r"[,;\t\n]", upload.content.decode())
    assert not [cell for cell in found if cell.lstrip().startswith(("=", "@"))]
