"""Files of Moodle: what stands within a text as base64, beside it or in the address of a picture.

One rule: a file is named by its path and its name, so that two of one name are not taken for each other.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from urllib.parse import unquote

from kernel.sentences import say
from question_bank.interchange.entries import Entry
from question_bank.marked_text import Resolver
from question_bank.uploads import UploadRefused

_WITHIN = re.compile(r"@@PLUGINFILE@@(/(?:.*/)?)([^/?]+)(?:\?.*)?")
_IN_ADDRESS = re.compile(r"data:image/([a-z0-9.+-]{1,20});base64,(.*)", re.DOTALL)


def files_in(entry: Entry, element: Any) -> Resolver:  # noqa: ANN401 - lxml has no types
    """Return what gives the addresses of the files that stand beside a text, or in it."""
    files = {((file.get("path") or "").strip("/"), file.get("name") or ""): file for file in element.findall("file")}

    def resolve(reference: str) -> str | None:
        if within := _WITHIN.fullmatch(reference):
            name = unquote(within[2])
            file = files.get((unquote(within[1]).strip("/"), name))
            return None if file is None or file.get("encoding") != "base64" else _kept(entry, name, file.text or "")
        if in_address := _IN_ADDRESS.fullmatch(reference):
            return _kept(entry, f"picture.{in_address[1]}", unquote(in_address[2]))
        return None

    return resolve


def _kept(entry: Entry, name: str, content: str) -> str | None:
    try:
        return entry.source.keep_file(name, base64.b64decode(content, validate=False))
    except binascii.Error:
        entry.refuse(say("has the file %(name)r, which is no base64", name=name[-60:]))
    except UploadRefused as unfit:
        entry.refuse(say("has the file %(name)r: %(why)s", name=name[-60:], why=unfit.detail))
