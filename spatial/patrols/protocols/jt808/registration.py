"""Who a terminal says it is: registration (0x0100) in its three layouts, and authentication (0x0102)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spatial.patrols.protocols.jt808.framing import Spoilt
from spatial.patrols.protocols.jt808.header import Header

COLOURS = {1: "blue", 2: "yellow", 3: "black", 4: "white", 5: "green", 9: "other"}
"""Of plates (JT/T 415); 0: no plate, and the vehicle's number (VIN) stands in its place."""


@dataclass(frozen=True)
class Layout:
    """Widths, in bytes, of maker, model and terminal id."""

    name: str
    maker: int
    model: int
    terminal: int

    @property
    def colour_at(self) -> int:
        """Where the colour of the plate stands; the plate follows."""
        return 4 + self.maker + self.model + self.terminal


LAYOUT_2011 = Layout("2011", 5, 8, 7)
LAYOUT_2013 = Layout("2013", 5, 20, 7)
LAYOUT_2019 = Layout("2019", 11, 30, 30)
_LONGEST_PLATE = 12
_PLAIN_TEXT = re.compile(r"[\w\- ·.]*")


@dataclass(frozen=True)
class Registration:
    """What a terminal says of itself and of its vehicle; `plate` or `vin` is empty."""

    layout: str
    province: int
    """The first two digits of GB/T 2260."""
    county: int
    """Its other four digits."""
    maker: str
    model: str
    terminal_id: str
    colour: int
    plate: str
    vin: str


@dataclass(frozen=True)
class Authentication:
    """The code that a terminal was given when it registered; IMEI and version from 2019 on."""

    code: str
    imei: str = ""
    version: str = ""

    def __repr__(self) -> str:
        return f"Authentication(***, {self.imei}, {self.version})"


def read_registration(header: Header, body: bytes) -> Registration:
    """Read 0x0100; Spoilt when it fits no layout.

    2019 is told by the header. What is left for a plate tells 2011 from 2013, and where that leaves both
    open, because a VIN takes its place, whether a colour and a text stand where the layout has them.
    """
    layout = _layout(header, body)
    at = layout.colour_at
    if len(body) < at + 1:
        raise Spoilt("length")
    model_at, terminal_at = 4 + layout.maker, 4 + layout.maker + layout.model
    colour, plate = body[at], text_of(body[at + 1 :])
    return Registration(
        layout.name,
        int.from_bytes(body[:2], "big"),
        int.from_bytes(body[2:4], "big"),
        text_of(body[4:model_at]),
        text_of(body[model_at:terminal_at]),
        text_of(body[terminal_at:at]),
        colour,
        plate if colour else "",
        "" if colour else plate,
    )


def read_authentication(header: Header, body: bytes) -> Authentication:
    """Read 0x0102: all of it is the code, except that 2019 gives its length and more after it."""
    if header.version is not None and body and 1 + body[0] <= len(body):
        end = 1 + body[0]
        return Authentication(
            text_of(body[1:end]), text_of(body[end : end + 15]), text_of(body[end + 15 : end + 35])
        )
    return Authentication(text_of(body))


def text_of(field: bytes) -> str:
    """Read a text of GBK that is filled up with zero bytes or blanks, before it or after it."""
    return field.strip(b"\x00 ").partition(b"\x00")[0].decode("gbk", "replace").strip()


def _layout(header: Header, body: bytes) -> Layout:
    if header.version is not None:
        return LAYOUT_2019
    if len(body) <= LAYOUT_2013.colour_at:
        return LAYOUT_2011
    fits_2013 = _fits(LAYOUT_2013, body)
    return LAYOUT_2011 if not fits_2013 and _fits(LAYOUT_2011, body) else LAYOUT_2013


def _fits(layout: Layout, body: bytes) -> bool:
    """Tell if colour and plate stand where they should: a plate is short, a VIN has 17 characters."""
    colour, rest = body[layout.colour_at], body[layout.colour_at + 1 :].strip(b"\x00")
    if colour not in COLOURS and colour != 0:
        return False
    is_text = _PLAIN_TEXT.fullmatch(text_of(rest)) is not None
    return is_text and (len(rest) <= _LONGEST_PLATE if colour else len(rest) in (0, 17))
