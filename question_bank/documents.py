"""Documents from outside, read place by place: every fault is kept with its JSON pointer, and none stops the reading.

One rule: what cannot be stored and hashed exactly (binary fractions, control characters, repeated members) is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from kernel.errors import Fault, Invalid, TooLarge
from kernel.sentences import say
from question_bank.json_as_written import Inexact, object_of

DOCUMENT_BYTES_MAX = 20 * 1024 * 1024
DEPTH_MAX = 32
FAULTS_KEPT_MAX = 1000
FAULTS_SHOWN_MAX = 100
TEXT_CHARACTERS_MAX = 10_000
_QUOTED_CHARACTERS_MAX = 60
_NAME_CHARACTERS_MAX = 100
NAMES_LISTED_MAX = 12

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_CODE = re.compile(r"[^\W_][\w.-]{0,63}")
# PostgreSQL stores no NUL, UTF-8 no lone surrogate, and no reader sees the other control characters.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_INDEX = re.compile("0|[1-9][0-9]{0,5}")
_ABSENT: Final = object()


class DocumentRefused(Invalid):
    """A document that cannot be taken as it is; every fault names its place, and nothing was changed."""

    code = "document_refused"


@dataclass(slots=True)
class Place:
    """One place of a document: what stands there, its pointer, and the faults of the whole document by pointer.

    Readers return the value, or a harmless stand-in after noting a fault: the first one of each place is kept.
    """

    value: Any
    pointer: str
    faults: dict[str, str]

    def refuse(self, message: str, below: str = "") -> None:
        """Note a fault here, or at a place below that was read separately."""
        if len(self.faults) <= FAULTS_KEPT_MAX:  # a hostile document must not fill the memory with its faults
            self.faults.setdefault(self.pointer + below, message)

    @property
    def is_given(self) -> bool:
        """Whether anything stands here, null included."""
        return self.value is not _ABSENT

    def shape(self, *members: str) -> None:
        """Refuse members that an object of this shape does not have; what is missing shows when it is read."""
        for name in self.value if self._is(dict, say("an object")) else ():
            if name not in members:
                self.member(name).refuse(say("is unknown here; this object has %(names)s", names=listed(members)))

    def member(self, name: str) -> Place:
        """Return the place of one member, given or not."""
        pointer = f"{self.pointer}/{_escaped(name)}"
        if self._is(dict, say("an object")):
            return Place(self.value.get(name, _ABSENT), pointer, self.faults)
        return Place(_ABSENT, pointer, {})  # the fault is this place's own; what would stand below it is moot

    def named(self) -> dict[str, Place]:
        """Return the members of an object."""
        return {name: self.member(name) for name in self.value} if self._is(dict, say("an object")) else {}

    def elements(self, at_least: int = 0, at_most: int | None = None) -> list[Place]:
        """Return the elements of a list; of one that is too long, as many as are allowed."""
        if not self._is(list, say("a list")):
            return []
        if len(self.value) < at_least or (at_most is not None and len(self.value) > at_most):
            if at_most is None:
                wanted: str = say("at least %(least)s", least=at_least)
            elif at_least == at_most:
                wanted = f"{at_least}"
            else:
                wanted = say("%(least)s to %(most)s", least=at_least, most=at_most)
            self.refuse(say("needs %(wanted)s, has %(count)s", wanted=wanted, count=len(self.value)))
        return [
            Place(value, f"{self.pointer}/{index}", self.faults) for index, value in enumerate(self.value[:at_most])
        ]

    def text(self) -> str:
        """Read a text that says something."""
        if not self._is(str, say("text")):
            return ""
        if not self.value.strip():
            self.refuse(say("is empty"))
        if len(self.value) > TEXT_CHARACTERS_MAX:
            self.refuse(
                say(
                    "has %(count)s characters; at most %(most)s are allowed",
                    count=len(self.value),
                    most=TEXT_CHARACTERS_MAX,
                )
            )
        return str(self.value)

    def code(self) -> str:
        """Read a code: letters, digits, dot, hyphen and underscore, at most 64 characters."""
        code = self.text()
        if not is_code(code):
            self.refuse(
                say(
                    "%(code)s is no code: use up to 64 letters, digits, dots, hyphens and underscores",
                    code=quoted(code),
                )
            )
        return code

    def language(self) -> str:
        """Read a language tag (BCP 47) such as ``en`` or ``pt-BR``."""
        tag = self.text()
        if not _LANGUAGE.fullmatch(tag):
            self.refuse(say("%(tag)s is no language tag such as 'en' or 'pt-BR'", tag=quoted(tag)))
        return tag

    def whole(self, within: range) -> int:
        """Read a whole number within a range."""
        if not self._is(int, say("a whole number")):
            return within.start
        if self.value not in within:
            self.refuse(
                say(
                    "%(value)s is outside %(first)s..%(last)s",
                    value=quoted(self.value),
                    first=within.start,
                    last=within.stop - 1,
                )
            )
        return int(self.value)

    def one_of(self, allowed: Collection[str], noun: str) -> str:
        """Read a text that is one of those allowed."""
        value = self.text()
        if value not in allowed:
            self.refuse(
                say(
                    "%(value)s is no %(noun)s; there is %(names)s",
                    value=quoted(value),
                    noun=noun,
                    names=listed(allowed),
                )
            )
        return value

    def settle(self) -> None:
        """Refuse the document if a fault was noted at any of its places, naming the first hundred.

        Raises:
            DocumentRefused: there is at least one fault.
        """
        if self.faults:
            count = len(self.faults)
            shown = [Fault(*fault) for fault in self.faults.items()][:FAULTS_SHOWN_MAX]
            told = say("1 fault") if count == 1 else say("%(count)s faults", count=min(count, FAULTS_KEPT_MAX))
            if count > FAULTS_KEPT_MAX:
                told = say("over %(count)s faults", count=FAULTS_KEPT_MAX)
            if len(shown) < count:
                told = say("%(told)s, the first %(count)s are listed", told=told, count=len(shown))
            message = say("%(file)s: %(told)s; nothing was changed", file=self.pointer.partition("#")[0], told=told)
            raise DocumentRefused(message, faults=shown)

    def _is(self, kind: type, noun: str) -> bool:
        if isinstance(self.value, kind) and not isinstance(self.value, bool):
            return True
        self.refuse(say("must be %(noun)s", noun=noun) if self.is_given else say("is missing"))
        return False


def read_document(document: bytes, *, file: str, document_format: str, version: int) -> Place:
    """Return the root of a JSON document in one of this product's formats.

    Raises:
        TooLarge: more than 20 MiB.
        DocumentRefused: not UTF-8, not JSON, nested too deeply, or a document of another format or version.
    """
    root = opened(read_object(document, file=file), f"{file}#")
    for name, expected in (("format", document_format), ("format_version", version)):
        found = root.member(name)
        if type(found.value) is not type(expected) or found.value != expected:
            told = (
                say(
                    "%(value)s is not known here; it must be %(expected)s",
                    value=quoted(found.value),
                    expected=quoted(expected),
                )
                if found.is_given
                else say("is missing; it must be %(expected)s", expected=quoted(expected))
            )
            raise _refused(file, found.pointer, told)
    return root


def read_object(document: bytes, *, file: str) -> dict[str, Any]:
    """Return the object that a JSON document is, as it was written; open it to find what cannot be stored.

    Raises:
        TooLarge: more than 20 MiB.
        DocumentRefused: not UTF-8, not JSON, or no object.
    """
    if len(document) > DOCUMENT_BYTES_MAX:
        message = say(
            "%(file)s: %(count)s bytes are more than the %(most)s an import takes; split it",
            file=file,
            count=len(document),
            most=DOCUMENT_BYTES_MAX,
        )
        raise TooLarge(message)
    value = _parsed(document, file)
    if not isinstance(value, dict):
        raise _refused(file, f"{file}#", say("must be %(noun)s", noun=say("an object")))
    return value


def opened(value: object, pointer: str) -> Place:
    """Return the root place of a JSON-like value, with a fault noted for everything that cannot be stored exactly."""
    root = Place(value, pointer, {})
    for below, message in islice(_unstorable(value, 0), FAULTS_KEPT_MAX + 1):
        root.refuse(message, below)
    return root


def is_code(text: str) -> bool:
    """Tell whether a text could be a code; see :meth:`Place.code`."""
    return _CODE.fullmatch(text) is not None


def refuse_repeats(places: Iterable[Place]) -> None:
    """Refuse every text that stands at an earlier place already."""
    first: dict[Any, str] = {}
    for place in places:
        if isinstance(place.value, str) and first.setdefault(place.value, place.pointer) != place.pointer:
            place.refuse(
                say("%(value)s stands already at %(earlier)s", value=quoted(place.value), earlier=first[place.value])
            )


def leads_somewhere(document: object, pointer: str) -> bool:
    """Tell whether a JSON pointer (RFC 6901) names a place of a document; the empty one names the whole."""
    if pointer and not pointer.startswith("/"):
        return False
    place = document
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        match place:
            case dict() if name in place:
                place = place[name]
            case list() if _INDEX.fullmatch(name) and int(name) < len(place):
                place = place[int(name)]
            case _:
                return False
    return True


def quoted(value: object) -> str:
    """Write a value from outside into a message: quoted, escaped and cut to a readable length."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case Inexact():
            written = value.written
        case _:
            written = repr(value)
    return written if len(written) <= _QUOTED_CHARACTERS_MAX else f"{written[:_QUOTED_CHARACTERS_MAX]}..."


def listed(names: Iterable[str]) -> str:
    """Write names into a message, the first dozen of them."""
    all_of_them = list(names)
    more = ", ..." if len(all_of_them) > NAMES_LISTED_MAX else ""
    return ", ".join(all_of_them[:NAMES_LISTED_MAX]) + more or "none"


def _parsed(document: bytes, file: str) -> object:
    try:
        return json.loads(
            document.decode("utf-8-sig"), object_pairs_hook=object_of, parse_float=Inexact, parse_constant=Inexact
        )
    except UnicodeDecodeError as error:
        raise _refused(file, f"{file}: byte {error.start}", say("is not UTF-8")) from error
    except json.JSONDecodeError as error:
        raise _refused(
            file, f"{file}:{error.lineno}:{error.colno}", say("is not JSON: %(why)s", why=error.msg)
        ) from error
    except RecursionError as error:
        raise _refused(file, f"{file}#", say("is nested more than %(most)s levels deep", most=DEPTH_MAX)) from error
    except ValueError as error:  # the interpreter's limit on the digits of a whole number
        raise _refused(file, f"{file}#", say("holds a number with too many digits")) from error


def _unstorable(value: object, depth: int) -> Iterator[tuple[str, str]]:
    """Yield a relative pointer and a message for everything that cannot be stored and hashed exactly."""
    match value:
        case dict() | list() if depth == DEPTH_MAX:
            yield "", say("is nested more than %(most)s levels deep", most=DEPTH_MAX)
        case dict():
            for name, member in value.items():
                if _UNSTORABLE.search(name):
                    yield f"/{_escaped(name)}", say("has control characters in its name")
                yield from ((f"/{_escaped(name)}{below}", message) for below, message in _unstorable(member, depth + 1))
            for name in sorted(getattr(value, "repeated", ())):
                yield f"/{_escaped(name)}", say("stands more than once in this object")
        case list():
            for index, element in enumerate(value):
                yield from ((f"/{index}{below}", message) for below, message in _unstorable(element, depth + 1))
        case str() if _UNSTORABLE.search(value):
            yield "", say("has control characters or halves of characters in its text")
        case float() | Inexact():
            written = quoted(value)
            yield (
                "",
                say(
                    '%(written)s would be kept inexactly as a number; write it as text: "%(written)s"', written=written
                ),
            )


def _refused(file: str, place: str, message: str) -> DocumentRefused:
    return DocumentRefused(
        say("%(file)s: it cannot be read; nothing was changed", file=file), faults=[Fault(place, message)]
    )


def _escaped(name: str) -> str:
    if len(name) <= _NAME_CHARACTERS_MAX and name.isidentifier():  # as nearly every name is
        return name
    # Cut, because a pointer repeats the names above it at every place below.
    readable = name[:_NAME_CHARACTERS_MAX].encode("utf-8", "backslashreplace").decode()
    return readable.replace("~", "~0").replace("/", "~1")
