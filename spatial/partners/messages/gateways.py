"""What a gateway (短信网关) is: what it is given, what it answers, and which one the settings name. Pure.

What talks to one is spatial.partners.messages.smpp_client, and for HTTP and the log api.message_gateways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from spatial.errors import InvalidInput
from spatial.settings import Settings

SETTING = "CITYGRID_SMS_GATEWAY"

Verdict = Literal["taken", "refused", "later", "uncertain"]
LONGEST_ID = 200
"""Letters of a gateway's name of a message; what is longer is none."""
_NUMBERS_IN_WORDS = re.compile(r"\d(?:[ -]?\d){6,}|\d{5,}")
"""Five digits in a row may be somebody's number, and seven with gaps."""


@dataclass(frozen=True)
class Order:
    """One short message for one number."""

    recipient_id: int
    number: str = field(repr=False)
    """Digits, with the country's in front when the settings name one."""
    text: str = field(repr=False)
    """The whole text; `octets` are those of this part."""
    octets: bytes = field(repr=False)
    alphabet: str
    part: int
    parts: int
    valid_s: int
    """How long it is worth delivering."""
    reference: str = ""
    """What we call it, to gateways that ask."""


@dataclass(frozen=True)
class Outcome:
    """What became of an order.

    taken: the gateway has it. refused: for good. later: it was not taken, and may be sent again.
    uncertain: it may have been taken; the answer never came.
    """

    order: Order
    verdict: Verdict
    gateway_id: str | None = None
    reason: str = ""
    wait_s: float = 0.0


@dataclass(frozen=True)
class Receipt:
    """What became of a short message that a gateway had taken."""

    gateway_id: str
    state: str
    """delivered, failed or expired."""
    reason: str = ""


def kept_id(text: str) -> str | None:
    """Give what a gateway calls a message when it can be kept: printable, LONGEST_ID at most; None else."""
    return text if 0 < len(text) <= LONGEST_ID and text.isprintable() else None


def without_numbers(words: str) -> str:
    """Give a gateway's words as they may be kept and shown: printable, *** for what may be a phone number."""
    return _NUMBERS_IN_WORDS.sub("***", "".join(filter(str.isprintable, words)))


@dataclass(frozen=True)
class SmppAddress:
    """Where and how an SMPP gateway is reached; the password shows nowhere."""

    host: str
    port: int
    tls: bool
    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    source: str = ""
    source_ton: int = 0
    source_npi: int = 0
    ton: int = 1
    npi: int = 1
    country: str = ""
    """Digits to put before a number of the country's own: 86."""
    window: int = 10
    """Units that wait for their answers at a time."""
    per_second: int = 10
    long: Literal["udh", "payload"] = "udh"
    decimal_ids: bool = False


@dataclass(frozen=True)
class HttpAddress:
    """Where an HTTP gateway is; how it is asked stands in a file."""

    url: str


@dataclass(frozen=True)
class LogAddress:
    """Nothing is sent: a line of the log tells of each message."""


Address = SmppAddress | HttpAddress | LogAddress
_NUMBERS = {
    "source_ton": (0, 6), "source_npi": (0, 18), "ton": (0, 6), "npi": (0, 18), "window": (1, 100),
    "per_second": (1, 1000),
}  # fmt: skip
_TEXTS = {"source": 20, "system_type": 12, "country": 4, "long": 7, "ids": 7}


def address_of(settings: Settings) -> Address | None:
    """Read which gateway the settings name; None for none. A demo city has the log unless another is set."""
    if settings.sms_gateway is None:
        return LogAddress() if settings.demo else None
    return read_address(settings.sms_gateway.value)


def kind_of(address: Address) -> str:
    """Name the kind of a gateway: smpp, http or log."""
    return {SmppAddress: "smpp", HttpAddress: "http", LogAddress: "log"}[type(address)]


def read_address(text: str) -> Address:
    """Read the address of a gateway; InvalidInput at the setting, which does not repeat it."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _wrong("is no address") from None
    if parts.scheme == "log":
        return LogAddress()
    if not parts.hostname:
        raise _wrong("names no host")
    if parts.scheme in ("https", "http"):
        return HttpAddress(text)
    if parts.scheme not in ("smpp", "smpps"):
        raise _wrong("must begin with smpp://, smpps://, https://, http:// or log:")
    tls = parts.scheme == "smpps"
    system_id, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (0 < len(system_id) <= 15 and len(password) <= 8 and (system_id + password).isascii()):
        raise _wrong("must name a user of 15 letters at most and a password of 8 (smpp://user:password@host)")
    options = _options(parts.query)
    return SmppAddress(parts.hostname, port or (3550 if tls else 2775), tls, system_id, password, **options)  # type: ignore[arg-type]


def _options(query: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in _NUMBERS:
            low, high = _NUMBERS[name]
            if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
                raise _wrong(f"has '{name}', which must be {low} to {high}")
            found[name] = int(value)
        elif name in _TEXTS and len(value) <= _TEXTS[name] and value.isascii() and value.isprintable():
            found[name] = value
        else:
            raise _wrong(f"has '{name[:20]}', which is no option or too long")
    if found.get("long", "udh") not in ("udh", "payload") or not str(found.get("country", "0")).isdigit():
        raise _wrong("has 'long' (udh or payload) or 'country' (digits) with another value")
    if found.setdefault("ids", "same") not in ("same", "decimal"):
        raise _wrong("has 'ids', which must be same or decimal")
    found["decimal_ids"] = found.pop("ids") == "decimal"
    return found


def _wrong(reason: str) -> InvalidInput:
    return InvalidInput.at(SETTING, reason)


def dialled(number: str, country: str) -> str | None:
    """Give a number as it is dialled, digits alone; None when no message can go there.

    country: put before a mobile number of China (11 digits that begin with 1).
    """
    digits = "".join(each for each in number if each.isascii() and each.isdigit())
    if not 5 <= len(digits) <= 15:
        return None
    return country + digits if len(digits) == 11 and digits.startswith("1") else digits
