"""What an import is asked for: framework, format, and what is supplied for all items, as fields of a form or an address.

One rule: a format that is guessed is shown, and one that cannot be told from the file's name is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urlencode

from exam_engine.http.web.bank.import_words import title_of
from kernel.errors import Fault, Invalid
from kernel.sentences import say
from question_bank.eqf import LEVELS
from question_bank.interchange.completion import Supplied
from question_bank.interchange.formats import format_named, format_told

SUPPLIED = tuple(Supplied.__dataclass_fields__)
FIELDS = ("framework", "format", *SUPPLIED)
CHARACTERS_MAX = 1000
SECONDS_MAX = 3600
_WHOLE = {"level": LEVELS, "expected_seconds": range(1, SECONDS_MAX + 1)}


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """What was filled in, without what was left empty."""

    fields: Mapping[str, str]

    @property
    def address(self) -> str:
        """The facts as the query of an address."""
        return urlencode(self.fields)

    def format_for(self, file_name: str, stream: BinaryIO) -> str:
        """Return the name of the format, or that of the only one that the document can have.

        Raises:
            Invalid: it was not said and cannot be told from the document, or there is no such format.
        """
        if named := self.fields.get("format"):
            return format_named(named).name
        fitting = format_told(file_name, stream)
        if len(fitting) == 1:
            return fitting[0]
        told = ", ".join(title_of(name) for name in fitting)
        suffix = file_name.rpartition(".")[2]
        found = (
            say("files that end with .%(suffix)s may be %(formats)s: choose the format", suffix=suffix, formats=told)
            if fitting
            else say("its name does not tell: choose the format")
        )
        message = say("in which format is this document?")
        raise Invalid(message, faults=[Fault("format", found)])

    def supplied(self) -> Supplied:
        """Return what is supplied for all items.

        Raises:
            Invalid: with a fault at each field that cannot be read.
        """
        faults = [
            Fault(name, say("write a whole number from %(least)s to %(most)s", least=allowed[0], most=allowed[-1]))
            for name, allowed in _WHOLE.items()
            if name in self.fields and _whole(self.fields[name]) not in allowed
        ]
        faults += [
            Fault(name, say("at most %(most)s characters", most=CHARACTERS_MAX))
            for name in SUPPLIED
            if len(self.fields.get(name, "")) > CHARACTERS_MAX
        ]
        if faults:
            message = say("what you supply for all items cannot be read")
            raise Invalid(message, faults=faults)
        said: dict[str, Any] = {name: self.fields.get(name) for name in SUPPLIED}
        whole = {name: _whole(self.fields[name]) for name in _WHOLE if name in self.fields}
        return Supplied(**{**said, **whole})


def facts_of(fields: Mapping[str, str]) -> ImportFacts:
    """Return the facts among the fields of a form or an address."""
    return ImportFacts({name: text for name in FIELDS if (text := fields.get(name, "").strip())})


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(SECONDS_MAX)) else None
