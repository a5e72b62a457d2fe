"""Storage: the same promises in a folder and in a bucket behind a real S3 address."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import NotFound
from kernel.settings import Settings
from kernel.storage import FolderStorage, NotStored, Storage, StorageAway, StorageDamaged, open_storage

CONTENT = b"A picture says more. " * 100_000
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """A server that speaks S3 over HTTP."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    import urllib.request

    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "trial",
        "AWS_SECRET_ACCESS_KEY": "trial",
    }.items():
        monkeypatch.setenv(name, value)
    request = urllib.request.Request(f"{s3_server}/exams", method="PUT")
    urllib.request.urlopen(request).close()
    return "s3://exams/media/of-sofia"


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return open_storage((tmp_path / "kept").as_uri())
    return open_storage(request.getfixturevalue("bucket"))


def test_what_is_put_is_got_under_its_hash(storage: Storage) -> None:
    assert not storage.exists(NAME)
    assert storage.put(CONTENT) == NAME
    assert storage.exists(NAME)
    assert storage.get(NAME) == CONTENT


def test_putting_it_again_changes_nothing(storage: Storage) -> None:
    assert storage.put(CONTENT) == storage.put(CONTENT) == NAME
    assert storage.get(NAME) == CONTENT


def test_a_part_comes_in_pieces(storage: Storage) -> None:
    storage.put(CONTENT)
    pieces = list(storage.stream(NAME, 5, 1_000_005))
    assert b"".join(pieces) == CONTENT[5:1_000_005]
    assert storage.verify(NAME) == len(CONTENT)
    assert b"".join(storage.stream(NAME, 0, len(CONTENT))) == CONTENT


def test_what_was_never_put_is_not_there(storage: Storage) -> None:
    for look in (storage.get, storage.verify, lambda name: storage.stream(name, 0, 1)):
        with pytest.raises(NotStored):
            look("0" * 64)
    assert issubclass(NotStored, NotFound)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "a/../../b", "%2e%2e/%2e%2e"])
def test_no_name_leads_elsewhere(storage: Storage, name: str) -> None:
    with pytest.raises((NotStored, StorageAway, ValueError)):
        storage.get(name)


def test_the_rest_of_a_write_that_was_cut_off_is_replaced(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.put(CONTENT)
    path = tmp_path / NAME[:2] / NAME
    path.write_bytes(CONTENT[:1000])
    for look in (storage.get, storage.verify):
        with pytest.raises(StorageDamaged):
            look(NAME)
    assert storage.put(CONTENT) == NAME
    assert storage.verify(NAME) == len(CONTENT)
    assert path.read_bytes() == CONTENT
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [NAME]


def test_a_folder_waits_for_the_disk_before_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[str] = []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda file: (waited.append(str(Path(f"/proc/self/fd/{file}").readlink())), fsync(file))
    )
    name = FolderStorage(tmp_path).put(b"x")
    assert waited == [str(tmp_path / name[:2] / name), str(tmp_path / name[:2]), str(tmp_path)]


def test_what_stands_there_is_not_written_again(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    path = tmp_path / NAME[:2] / storage.put(CONTENT)
    before = path.stat()
    storage.put(CONTENT)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_folder_that_cannot_be_written_is_said_to_be_away(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "kept")
    (tmp_path / "kept" / NAME[:2]).write_bytes(b"a file in the way")
    with pytest.raises(StorageAway) as refusal:
        storage.put(CONTENT)
    assert refusal.value.facts == {"retry_after_seconds": 5}


def test_a_bucket_that_does_not_answer_is_said_to_be_away(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setattr("kernel.storage._PATIENCE", timedelta(milliseconds=200))
        storage = open_storage(bucket)
        with pytest.raises(StorageAway):
            storage.exists(NAME)


@pytest.mark.parametrize("url", ["", "var", "file://", "file:///", "file://host/x", "s3://", "https://x/y", "memory:"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="EXAM_ENGINE_STORAGE_URL"):
        open_storage(url)


def test_the_default_is_a_folder_below_the_data(tmp_path: Path) -> None:
    settings: Any = Settings(data_dir=tmp_path / "a b")
    name = open_storage(settings.storage).put(b"x")
    assert (tmp_path / "a b" / "storage" / name[:2] / name).read_bytes() == b"x"
    assert (tmp_path / "a b" / "storage").stat().st_mode & 0o777 == 0o700


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_every_content_keeps_to_itself(tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]) -> None:
    storage = FolderStorage(tmp_path_factory.mktemp("kept"))
    names = [storage.put(content) for content in contents]
    assert [storage.get(name) for name in names] == contents
