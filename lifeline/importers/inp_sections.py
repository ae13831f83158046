"""The form that EPANET and SWMM share: sections in brackets, words, comments behind semicolons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from spatial.errors import InvalidInput

MOST_BYTES = 256 * 2**20
_ENCODINGS = ("utf-8-sig", "gb18030", "latin-1")


class Line(NamedTuple):
    """One line of a section."""

    number: int
    words: list[str]
    comment: str


@dataclass(frozen=True)
class Sections:
    """All lines by section (upper case); `text` keeps the lines as they stand."""

    lines: dict[str, list[Line]]
    text: dict[str, list[str]]

    def of(self, name: str) -> Iterator[tuple[str, Line]]:
        """Give the lines of a section with the words that say where each is."""
        for line in self.lines.get(name, ()):
            yield f"[{name}] line {line.number}", line


def read_sections(content: bytes) -> Sections:
    """Cut a file into its sections; InvalidInput for what is no such file at all."""
    if len(content) > MOST_BYTES:
        raise InvalidInput.at("file", f"is larger than {MOST_BYTES // 2**20} MiB")
    if b"\0" in content:
        raise InvalidInput.at("file", "is no text")
    lines: dict[str, list[Line]] = {}
    text: dict[str, list[str]] = {}
    section = ""
    for number, raw in enumerate(_decoded(content).splitlines(), 1):
        stripped = raw.strip()
        if stripped.startswith("["):
            section = stripped[1:].partition("]")[0].strip().upper()
            lines.setdefault(section, [])
            text.setdefault(section, [])
        elif section:
            text[section].append(raw.rstrip())
            words, _, comment = stripped.partition(";")
            if words.strip():
                lines[section].append(Line(number, words.split(), comment.strip()))
    if not lines:
        raise InvalidInput.at("file", "has no section in brackets: it is no INP file")
    return Sections(lines, text)


def _decoded(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 reads everything")
