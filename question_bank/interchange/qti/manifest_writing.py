"""Writing manifests: what is packed is listed as it is packed, and waits on the disk until all of it is.

One rule: the same things in the same order make the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from lxml import etree

from question_bank.interchange.qti.manifest_reading import ORIGINAL
from question_bank.interchange.qti.vocabulary import Vocabulary
from question_bank.interchange.qti.xml_trees import SCHEMA_LOCATION, XSI, made
from question_bank.interchange.xml_reading import Element


@dataclass(frozen=True, slots=True)
class Packed:
    """One item or stimulus as it is packed.

    Attributes:
        media: their files in the package.
        needs: identifiers of other resources it depends on.
        original: what only this product reads.
    """

    identifier: str
    file: str
    type: str
    media: tuple[str, ...]
    needs: tuple[str, ...] = ()
    original: str = ""


class Manifest:
    """A manifest while it is written; resources are listed one by one."""

    def __init__(self, xml: Any, namespace: str) -> None:  # noqa: ANN401 - lxml has no types
        self._xml, self._namespace = xml, namespace
        self._media: dict[str, str] = {}

    def add(self, packed: Packed) -> None:
        """List one item or stimulus."""
        said = [etree.ProcessingInstruction(ORIGINAL, packed.original)] if packed.original else []
        media = (self._media.setdefault(name, f"__medium-{len(self._media) + 1}") for name in packed.media)
        needed = (made("dependency", identifierref=name) for name in (*packed.needs, *media))
        inner = (*said, made("file", href=packed.file), *needed)
        self.put(made("resource", *inner, identifier=packed.identifier, type=packed.type, href=packed.file))

    def add_media(self) -> None:
        """List the media of all that was listed."""
        for name, identifier in self._media.items():
            self.put(made("resource", made("file", href=name), identifier=identifier, type="webcontent", href=name))

    def put(self, element: Element) -> None:
        """Write an element whose name, and those of all in it, are without their namespace."""
        if element.tag is etree.ProcessingInstruction:
            self._xml.write(element)
            return
        with self._xml.element(f"{{{self._namespace}}}{element.tag}", element.attrib):
            if element.text:
                self._xml.write(element.text)
            for child in element:
                self.put(child)


@contextmanager
def writing_manifest(file: IO[bytes], vocabulary: Vocabulary) -> Iterator[Manifest]:
    """Write a manifest of what is listed meanwhile."""
    namespace = vocabulary.manifest_namespace
    names = {None: namespace, "xsi": XSI}
    where = {SCHEMA_LOCATION: f"{namespace} {vocabulary.manifest_schema}", "identifier": "__manifest"}
    with etree.xmlfile(file, encoding="UTF-8") as xml:
        xml.write_declaration()
        manifest = Manifest(xml, namespace)
        with xml.element(f"{{{namespace}}}manifest", where, nsmap=names):
            named = (made("schema", vocabulary.schema_name), made("schemaversion", vocabulary.schema_version))
            manifest.put(made("metadata", *named))
            manifest.put(made("organizations"))
            with xml.element(f"{{{namespace}}}resources"):
                yield manifest
                manifest.add_media()
