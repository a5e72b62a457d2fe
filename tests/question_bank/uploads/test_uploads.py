"""Files from outside: what is kept of sound ones, and why hostile ones are refused."""

from __future__ import annotations

import base64
import io
import os
import struct
import subprocess
import sys
import zlib
from typing import Any

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.ogg import OggPage
from PIL import Image, ImageCms

from question_bank.uploads import MEDIA_TYPES, UPLOAD_BYTES_MAX, UploadRefused, apart, exhibits, pictures, read_upload
from tests.builders.files import jpeg, mp3, opus, pdf, picture, png, saved, wav

SCRIPT = "<script>alert('candidate')</script>"
PLACE = "48.2082 N, 16.3738 E"
SOUND: dict[str, bytes] = {
    "png": png(comment=SCRIPT),
    "palette": saved(picture(mode="P"), "PNG"),
    "see-through": saved(picture(mode="RGBA"), "PNG"),
    "jpeg": jpeg(place=PLACE),
    "turned jpeg": jpeg(orientation=6, place=PLACE),
    "progressive jpeg": saved(picture(), "JPEG", progressive=True),
    "grey jpeg": saved(picture(mode="L"), "JPEG"),
    "cmyk jpeg": saved(picture(mode="CMYK"), "JPEG"),
    "webp": saved(picture(), "WEBP", exif=b"Exif\0\0" + PLACE.encode()),
    "wav": wav(),
    "mp3": mp3(),
    "tagged mp3": b"ID3\x04\0\0\0\0\0\x14TPE1\0\0\0\x0a\0\0\0A secret " + mp3() + b"TAG" + b"A secret".ljust(125),
    "opus": opus(),
    "pdf": pdf(pages=2),
}
TYPES = {
    **dict.fromkeys(("png", "palette", "see-through"), "image/png"),
    **dict.fromkeys([name for name in SOUND if "jpeg" in name], "image/jpeg"),
    "webp": "image/webp",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "tagged mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "pdf": "application/pdf",
}


def refusal(content: bytes) -> str:
    with pytest.raises(UploadRefused) as refused:
        read_upload(content)
    assert refused.value.status == 422
    return refused.value.detail


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_file_is_kept_as_what_it_is(name: str) -> None:
    upload = read_upload(SOUND[name])
    assert upload.media_type == TYPES[name]
    assert (upload.width is None) == (not upload.media_type.startswith("image/"))
    assert (upload.milliseconds is None) == (not upload.media_type.startswith("audio/"))


def test_every_type_has_a_sound_file() -> None:
    assert set(TYPES.values()) == set(MEDIA_TYPES)


@pytest.mark.parametrize("name", SOUND)
def test_what_is_kept_is_kept_as_it_is_when_it_comes_again(name: str) -> None:
    """Otherwise a bank that is exported and imported would name other hashes."""
    upload = read_upload(SOUND[name])
    assert read_upload(upload.content) == upload


@pytest.mark.parametrize("name", SOUND)
def test_nothing_is_kept_that_nobody_asked_for(name: str) -> None:
    kept = read_upload(SOUND[name]).content
    for text in (SCRIPT, PLACE, "secret", "telephone", "Exif", "Author"):
        assert text.encode() not in kept


@pytest.mark.parametrize("name", SOUND)
def test_what_follows_the_end_is_cut_off_or_refused(name: str) -> None:
    junk = b"PK\x03\x04" + SCRIPT.encode() * 10
    try:
        kept = read_upload(SOUND[name] + junk).content
    except UploadRefused:
        return
    assert junk[:4] not in kept[-1000:]
    assert SCRIPT.encode() not in kept


@pytest.mark.parametrize("name", SOUND)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.97])
def test_what_is_cut_off_is_refused(name: str, share: float) -> None:
    content = SOUND[name]
    short = content[: int(len(content) * share)]
    if "mp3" in name and len(short) > 5000:
        return  # any number of whole frames is a recording
    refusal(short)


@settings(max_examples=60)
@given(st.sampled_from(sorted(SOUND)), st.data())
def test_whatever_comes_is_kept_or_refused(name: str, data: st.DataObject) -> None:
    content = bytearray(SOUND[name])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, min(len(content), 4000) - 1))] = data.draw(st.integers(0, 255))
    read = exhibits.read_pdf if name == "pdf" else read_upload  # a process for each of so many takes its time
    try:
        upload = read(bytes(content))
    except UploadRefused:
        return
    assert read(upload.content) == upload


@given(st.binary(max_size=400))
def test_noise_is_refused(content: bytes) -> None:
    refusal(content)


@pytest.mark.parametrize("beginning", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"OggS", b"ID3", b"\xff\xfb"])
@settings(max_examples=50)
@given(noise=st.binary(max_size=400))
def test_noise_behind_a_known_beginning_is_refused(beginning: bytes, noise: bytes) -> None:
    refusal(beginning + noise)


@settings(max_examples=50)
@given(noise=st.binary(max_size=400))
def test_noise_behind_the_beginning_of_a_pdf_is_refused(noise: bytes) -> None:
    with pytest.raises(UploadRefused):
        exhibits.read_pdf(b"%PDF-1.7" + noise)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"GIF89a" + bytes(100), "a GIF picture; save it as PNG"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "such as SVG or HTML"),
        (b'\xef\xbb\xbf\n <?xml version="1.0"?><svg/>', "such as SVG or HTML"),
        (b"<!doctype html>" + SCRIPT.encode(), "such as SVG or HTML"),
        (b"PK\x03\x04" + bytes(100), "a ZIP archive"),
        (b"%PDF-1.7\nPK\x03\x04" + bytes(100), "this PDF is damaged"),
        (b"\0\0\0\x20ftypM4A " + bytes(100), "an MP4, M4A, HEIC or AVIF file"),
        (b"RIFF\x10\0\0\0AVI LIST" + bytes(100), "a format that is not known here"),
        (b"MZ" + bytes(200), "a format that is not known here"),
        (b"just text", "a format that is not known here"),
    ],
)
def test_other_files_are_refused_with_advice(content: bytes, told: str) -> None:
    assert told in refusal(content)


def test_what_is_too_large_is_refused_unread() -> None:
    assert "at most 20 MiB" in refusal(b"\x89PNG\r\n\x1a\n" + bytes(UPLOAD_BYTES_MAX))


# Pictures


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@pytest.mark.parametrize("size", [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (9000, 10), (4097, 4096), (0, 5)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(10_000_000))) + chunk(b"IEND", b"")
    assert "too large" in refusal(bomb) or size == (0, 5)


def test_a_comment_that_unpacks_without_end_is_no_burden() -> None:
    plain = png(40, 40)
    text = b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9)
    refusal(plain[:33] + chunk(b"zTXt", text) + plain[33:])


def of_scans(count: int) -> bytes:
    content = saved(picture(200, 200), "JPEG", progressive=True)
    scan = content.rfind(b"\xff\xda")
    return content[:scan] + content[scan:-2] * (1 + count - content.count(b"\xff\xda")) + b"\xff\xd9"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (of_scans(33), "more than 32 scans"),
        (b"\xff\xd8" + b"\xff\xfe\x00\x02" * 5000 + jpeg()[2:], "more than 5000 segments"),
        (of_scans(10)[:-2] + b"\xff\xff\x00\xff" + of_scans(10), "damaged"),  # decoders take what we would pass over
    ],
)
def test_a_jpeg_of_endless_scans_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch, content: bytes, told: str
) -> None:
    monkeypatch.setattr(pictures, "_decoded", lambda *_: pytest.fail("it is decoded"))
    assert told in refusal(content)


def test_as_many_scans_as_anybody_needs_are_taken() -> None:
    assert read_upload(of_scans(32)).media_type == "image/jpeg"


def test_a_moving_picture_is_refused() -> None:
    frames = [picture(100, 100), picture(100, 100).rotate(90)]
    for image_format in ("PNG", "WEBP"):
        moving = saved(frames[0], image_format, save_all=True, append_images=frames[1:])
        assert "this picture moves" in refusal(moving)


def pixels(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def test_a_jpeg_loses_nothing_of_its_picture() -> None:
    content = jpeg(place=PLACE)
    assert pixels(read_upload(content).content).tobytes() == pixels(content).tobytes()


def test_a_jpeg_that_was_held_sideways_stands_upright() -> None:
    upload = read_upload(jpeg(600, 400, orientation=6))
    assert (upload.width, upload.height) == (400, 600)
    red, _, blue = pixels(upload.content).getpixel((300, 100))  # what was left above is right above now
    assert blue > red


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA"])
def test_pixels_stay_what_they_are(mode: str) -> None:
    content = saved(picture(mode=mode), "PNG" if mode != "PA" else "TIFF")
    if mode == "PA":
        content = saved(picture(mode="P"), "PNG", transparency=3)
    kept = Image.open(io.BytesIO(read_upload(content).content))
    assert kept.convert("RGBA").tobytes() == Image.open(io.BytesIO(content)).convert("RGBA").tobytes()


def test_sixteen_bits_of_grey_stay_grey() -> None:
    deep = Image.new("I;16", (20, 20), 32768)
    assert pixels(read_upload(saved(deep, "PNG")).content).getpixel((5, 5)) == (128, 128, 128)


def test_colours_of_another_space_become_those_of_the_web() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = saved(picture(), "PNG", icc_profile=lab)
    assert pixels(read_upload(same).content).tobytes() == picture().tobytes()
    broken = saved(picture(), "PNG", icc_profile=b"no profile")
    assert pixels(read_upload(broken).content).tobytes() == picture().tobytes()
    assert b"iCCP" not in read_upload(same).content


# Recordings


def test_a_recording_lasts_as_long_as_it_does() -> None:
    assert read_upload(wav(3)).milliseconds == 3000
    assert read_upload(opus(2)).milliseconds == 2000
    assert read_upload(mp3(100)).milliseconds == pytest.approx(2612, abs=10)


def test_wav_that_is_coded_otherwise_is_refused() -> None:
    content = bytearray(wav())
    content[20:22] = (0x55).to_bytes(2, "little")  # an MP3 in a WAV's clothes
    assert "no plain sound" in refusal(bytes(content))


def test_ogg_with_a_film_is_refused() -> None:
    assert "something else than Opus" in refusal(opus().replace(b"OpusHead", b"\x80theora\0"))


# Exhibits


def acts() -> dict[str, Any]:
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('candidate')")
    return {
        "JavaScript": {"OpenAction": script},
        "JavaScript by name": {"Names": pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["x", script]))},
        "JavaScript deep inside": {"Odd": [[[pikepdf.Dictionary(A=[script])]]]},
        "a program": {"OpenAction": pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")},
        "a form": {"AcroForm": pikepdf.Dictionary(Fields=[])},
        "other files": {"Names": pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=[]))},
        "an action that starts": {"OpenAction": pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://www.example.org/")},
        "an action that starts by one after another": {
            "OpenAction": pikepdf.Dictionary(S=pikepdf.Name.GoTo, D="here", Next=pikepdf.Dictionary(S=pikepdf.Name.URI))
        },
        "actions that start by themselves": {"AA": pikepdf.Dictionary(WC=pikepdf.Dictionary(S=pikepdf.Name.URI))},
        "a link into another file": {"OpenAction": pikepdf.Dictionary(S=pikepdf.Name.GoToR, F="x.pdf")},
    }


@pytest.mark.parametrize("name", acts())
def test_a_document_that_acts_is_refused(name: str) -> None:
    assert name.partition(" by")[0].partition(" deep")[0] in refusal(pdf(**acts()[name]))


def test_a_script_behind_a_link_of_a_page_is_found() -> None:
    document = pikepdf.new()
    document.add_blank_page()
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=document.make_stream(b"app.alert(1)"))
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=script)
    document.pages[0].Annots = pikepdf.Array([document.make_indirect(link)])
    target = io.BytesIO()
    document.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert "JavaScript" in refusal(target.getvalue())


@pytest.mark.parametrize("password", ["", "secret"])
def test_an_encrypted_document_is_refused(password: str) -> None:
    document = pikepdf.open(io.BytesIO(pdf()))
    target = io.BytesIO()
    document.save(target, encryption=pikepdf.Encryption(user=password, owner="owner"))
    assert "without" in refusal(target.getvalue())


def test_an_open_link_stays() -> None:
    link = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://www.example.org/")
    assert read_upload(pdf(Odd=link)).media_type == "application/pdf"


def test_a_document_may_open_at_a_place_of_its_own() -> None:
    for place in ([0, pikepdf.Name.Fit], pikepdf.Dictionary(S=pikepdf.Name.GoTo, D=[0, pikepdf.Name.Fit])):
        assert read_upload(pdf(OpenAction=place)).media_type == "application/pdf"


def test_a_document_of_too_many_pages_is_refused() -> None:
    assert "1 to 200" in refusal(pdf(pages=201))
    assert "1 to 200" in refusal(pdf(pages=0))


def test_a_document_keeps_nothing_of_its_earlier_editions() -> None:
    content = pdf(Odd=pikepdf.String("A secret of the first edition"))
    document = pikepdf.open(io.BytesIO(content))
    del document.Root["/Odd"]
    target = io.BytesIO()
    document.save(target, compress_streams=False)
    assert b"first edition" not in read_upload(target.getvalue() + os.linesep.encode()).content


def unfolding(count: int) -> bytes:
    """A PDF of some object streams, each of which unfolds from eight kilobytes to four million numbers."""
    kept, places = b"%PDF-1.7\n", {}

    def add(number: int, content: bytes) -> None:
        nonlocal kept
        places[number] = b"\1" + len(kept).to_bytes(4) + bytes(2)
        kept += b"%d 0 obj\n" % number + content + b"\nendobj\n"

    def stream(members: bytes, content: bytes) -> bytes:
        packed = zlib.compress(content, 9)
        return b"<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (members, len(packed), packed)

    add(1, b"<</Type/Catalog/Pages 2 0 R>>")
    add(2, b"<</Type/Pages/Kids[3 0 R]/Count 1>>")
    add(3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<>>>>")
    for number in range(4, 4 + count):
        head = b"%d 0 " % (100 + number)
        add(number, stream(b"/Type/ObjStm/N 1/First %d" % len(head), head + b"[" + b"0 " * 4_000_000 + b"]"))
        places[100 + number] = b"\2" + number.to_bytes(4) + bytes(2)
    start, size = len(kept), 104 + count
    table = b"".join(places.get(number, bytes(5) + b"\xff\xff") for number in range(size))
    add(size, stream(b"/Type/XRef/Size %d/W[1 4 2]/Root 1 0 R" % size, table))
    return kept + b"startxref\n%d\n%%%%EOF\n" % start


READ_AND_WEIGH = """
import resource, sys
from pathlib import Path
from question_bank.uploads import UploadRefused, read_upload

def most():  # of this program: what getrusage tells of ourselves begins with what the process was before
    return next(line.split()[1] for line in Path("/proc/self/status").open() if line.startswith("VmHWM"))

content, before = sys.stdin.buffer.read(), most()
try:
    read_upload(content)
except UploadRefused as refusal:
    print(refusal.detail)
print(most(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, before)
"""


def test_a_document_that_unfolds_without_end_is_refused_and_takes_no_memory_of_ours() -> None:
    bomb = unfolding(3)
    assert len(bomb) < 30_000
    # a process of its own: high-water marks never fall, and a worker of the tests has had children of every size
    command = [sys.executable, "-c", READ_AND_WEIGH]
    told, weights = subprocess.run(command, input=bomb, capture_output=True, check=True).stdout.decode().splitlines()
    ours, readers, before = (int(kibibytes) for kibibytes in weights.split())
    assert "more memory or time" in told
    assert ours - before < 50_000
    assert before < readers <= apart.MEMORY_BYTES_MAX // 1024


def test_a_document_that_is_read_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS_MAX", 0.001)
    assert "more memory or time" in refusal(pdf())


def test_a_reader_that_cannot_run_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "__name__", "question_bank.uploads.missing")
    with pytest.raises(subprocess.CalledProcessError):
        read_upload(pdf())


def test_nothing_within_a_document_tells_who_made_it() -> None:
    document = pikepdf.new()
    page = document.add_blank_page().obj
    page.Metadata = document.make_stream(b"<x>secret</x>", Subtype=pikepdf.Name.XML)
    page.PieceInfo = pikepdf.Dictionary(Editor=pikepdf.Dictionary(Private="secret"))
    picture_within = document.make_stream(b"0", Metadata=document.make_stream(b"<x>secret</x>"))
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture_within))
    note = {"Type": pikepdf.Name.Annot, "Subtype": pikepdf.Name.Text, "Rect": [0, 0, 9, 9], "Contents": "Look here"}
    page.Annots = [
        pikepdf.Dictionary(**note, T="secret"),
        document.make_indirect(pikepdf.Dictionary(**note, T="secret")),
    ]
    target = io.BytesIO()
    document.save(target, compress_streams=False)
    kept = read_upload(target.getvalue())
    assert b"secret" in target.getvalue()
    with pikepdf.open(io.BytesIO(kept.content)) as found:
        told = b"".join(one.unparse(resolved=True) for one in found.objects)
        told += b"".join(one.read_bytes() for one in found.objects if isinstance(one, pikepdf.Stream))
    assert b"secret" not in told
    assert told.count(b"Look here") == len(page.Annots)
    assert read_upload(kept.content) == kept


def with_picture(content: bytes, *filters: str, **members: Any) -> bytes:
    """A PDF with one picture, packed by these filters."""
    document = pikepdf.new()
    page = document.add_blank_page().obj
    named = [pikepdf.Name(f"/{name}") for name in filters]
    one = document.make_stream(content, Filter=named if len(named) > 1 else named[0], **members)
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=one))
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def picture_within(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as document:
        return bytes(document.pages[0].Resources.XObject.Im0.read_raw_bytes())


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


PICTURES_WITHIN = {
    "jpeg": (jpeg(place=PLACE), ["DCTDecode"]),
    "packed jpeg": (zlib.compress(jpeg(place=PLACE)), ["FlateDecode", "DCTDecode"]),
    "jpeg in letters": (base64.a85encode(jpeg(place=PLACE)) + b"~>", ["ASCII85Decode", "DCT"]),
    "jpeg 2000": (
        saved(picture(), "JPEG2000") + box(b"uuid", PLACE.encode()) + box(b"xml ", b"telephone"),
        ["JPXDecode"],
    ),
}


@pytest.mark.parametrize("name", PICTURES_WITHIN)
def test_a_picture_within_a_document_says_nothing_beside_what_it_shows(name: str) -> None:
    content, filters = PICTURES_WITHIN[name]
    upload = read_upload(with_picture(content, *filters))
    kept = picture_within(upload.content)
    for text in (PLACE, "telephone", "Exif"):
        assert text.encode() not in kept
    sent = saved(picture(), "JPEG2000") if name == "jpeg 2000" else jpeg(place=PLACE)
    assert pixels(kept).tobytes() == pixels(sent).tobytes()
    assert read_upload(upload.content) == upload


@pytest.mark.parametrize("way", ["DCTDecode", "JPXDecode"])
@pytest.mark.parametrize("filters", [[], ["FlateDecode"], ["Odd"]])
def test_a_damaged_picture_within_a_document_is_refused(way: str, filters: list[str]) -> None:
    assert "print it into a new PDF" in refusal(with_picture(b"no picture at all", *filters, way))


def test_a_recording_keeps_nothing_around_its_comments() -> None:
    content = opus()
    before = content.index(b"OpusTags")
    page = OggPage(io.BytesIO(content[content.rindex(b"OggS", 0, before) :]))
    page.packets = [page.packets[0].replace(b"test", b"Eva1") + b"\x01Eva's thoughts"]
    told = content[: content.rindex(b"OggS", 0, before)] + page.write() + content[content.index(b"OggS", before) :]
    upload = read_upload(told)
    assert told.count(b"Eva") == 2
    assert b"Eva" not in upload.content
    assert read_upload(upload.content) == upload
