"""Files within a document: each is decoded once, however often it is looked at, and a document brings so many at most."""

from __future__ import annotations

import pytest

from kernel.errors import TooLarge
from question_bank.interchange import files
from question_bank.interchange.files import FilesWithin
from question_bank.uploads import Upload, UploadRefused, read_upload
from tests.builders.files import STORAGE, png


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of what is decoded; nothing is remembered from before."""
    seen: list[int] = []

    def counting(content: bytes) -> Upload:
        seen.append(len(content))
        return read_upload(content)

    monkeypatch.setattr(files, "read_upload", counting)
    monkeypatch.setattr(files, "_judgements", files._Judgements())
    return seen


def test_a_report_that_is_looked_at_again_decodes_nothing_again(decoded: list[int]) -> None:
    picture = png(31, 17)
    addresses = [FilesWithin("q.xml")(f"{look}.png", picture) for look in range(3)]
    assert len({*addresses}) == 1
    assert decoded == [len(picture)]
    shown = FilesWithin("q.xml")
    address = shown("plan.png", picture)
    sha256 = address.removeprefix("media:").partition(".")[0]
    assert shown.facts[sha256].width == 31
    assert shown.size_of(address) == (31, 17)
    assert shown.size_of("media:unknown.png") is None
    shown.store(STORAGE, [sha256])
    shown.store(STORAGE, [sha256])
    assert STORAGE.get(sha256) == shown.content_of(sha256)
    assert len(decoded) == 3  # when it is stored, and when it is looked at


def test_what_cannot_be_taken_is_refused_each_time_and_looked_at_once(decoded: list[int]) -> None:
    within = FilesWithin("q.xml")
    for _ in range(2):
        with pytest.raises(UploadRefused):
            within("x.gif", b"GIF89a")
    with pytest.raises(UploadRefused):
        FilesWithin("other.xml")("x.gif", b"GIF89a")
    assert decoded == [6]


@pytest.mark.parametrize(
    ("limit", "most", "told"),
    [
        ("FILES_MAX", 1, "more than 1 files"),
        ("PIXELS_MAX", 1000, "more than 1000 pixels"),
        ("BYTES_MAX", 100, "more than 0 MiB of files"),
    ],
)
def test_a_document_brings_so_much_at_most(
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    most: int,
    told: str,
) -> None:
    monkeypatch.setattr(files, limit, most)
    within = FilesWithin("q.xml")
    with pytest.raises(TooLarge, match=rf"q\.xml: {told}.*split it"):
        for number in range(20, 25):
            within(f"{number}.png", png(30, number))


@pytest.mark.parametrize(("limit", "most"), [("FILES_MAX", 2), ("BYTES_MAX", 200), ("PIXELS_MAX", 1300)])
def test_what_is_refused_counts_as_well_and_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, decoded: list[int], limit: str, most: int
) -> None:
    monkeypatch.setattr(files, limit, most)
    within = FilesWithin("q.xml")
    one, other, last = (png(30, 20)[:80] + bytes([number]) for number in range(3))
    for content in (one, other, one):
        with pytest.raises(UploadRefused):
            within("x.png", content)
    with pytest.raises(TooLarge):
        within("x.png", last)
    assert decoded == [81, 81]
