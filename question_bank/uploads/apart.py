"""Apart: a file whose reader knows no bounds of its own is read by a process that has some, and dies of them alone.

One rule: whatever the file makes its reader do, this process gets a file or a refusal, in bounded memory and time.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from threading import Lock
from typing import Final

from kernel.sentences import packed, say, unpacked
from question_bank.uploads import exhibits
from question_bank.uploads.upload import Upload, UploadRefused

MEMORY_BYTES_MAX: Final = 512 * 1024**2
SECONDS_MAX: Final = 20
"""Of the processor; on the clock it may be twice as much."""
_REFUSED, _TOO_MUCH = 3, 4
_TURN = Lock()


def read_pdf(content: bytes) -> Upload:
    """Return what :func:`exhibits.read_pdf` returns.

    Raises:
        UploadRefused: it refuses the document, or needs more than a reader is given.
    """
    command = [sys.executable, "-c", f"import sys, {__name__}; sys.exit({__name__}.main())"]
    try:
        with _TURN:  # one after the other, as pictures are: each may fill what it is given
            done = subprocess.run(command, input=content, capture_output=True, timeout=2 * SECONDS_MAX, check=False)  # noqa: S603 - no word of it comes from outside
    except subprocess.TimeoutExpired as error:
        raise _too_much() from error
    if done.returncode == _REFUSED:
        raise UploadRefused(unpacked(json.loads(done.stdout)))
    if done.returncode == _TOO_MUCH or done.returncode < 0:  # a signal: the kernel's, or that of an abort
        raise _too_much()
    done.check_returncode()
    return Upload(done.stdout, "application/pdf")


def _too_much() -> UploadRefused:
    return UploadRefused(
        say("this PDF takes more memory or time to read than an exhibit needs; print it into a new PDF")
    )


def main() -> int:
    """Read a document from standard input, and write what is kept of it, or why it is refused, to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sys.stdout.buffer.write(exhibits.read_pdf(sys.stdin.buffer.read()).content)
    except UploadRefused as refusal:
        sys.stdout.buffer.write(json.dumps(packed(refusal.detail)).encode())
        return _REFUSED
    except MemoryError:
        return _TOO_MUCH
    return 0
