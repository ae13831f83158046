"""Delivery receipts of SMPP 3.4 in both forms: optional parameters, and a text (appendix B). Pure."""

from __future__ import annotations

import re

from spatial.partners.messages.gateways import Receipt, kept_id, without_numbers
from spatial.partners.messages.smpp_pdu import (
    MESSAGE_STATE,
    RECEIPT_TYPE,
    RECEIPTED_ID,
    TYPE_MASK,
    ShortMessage,
)

_BY_NUMBER = {2: "delivered", 3: "expired", 4: "failed", 5: "failed", 7: "failed", 8: "failed"}
"""Final states of a message (5.2.28); on the way (1) and accepted (6) say nothing yet."""
_NAMES = {
    1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN",
    8: "REJECTD",
}  # fmt: skip
_BY_NAME = {_NAMES[number]: state for number, state in _BY_NUMBER.items()}
_TEXT = re.compile(rb"\btext:", re.IGNORECASE)
_FIELD = re.compile(rb"\b(id|stat|err):([^\s]{1,65})", re.IGNORECASE)


def is_receipt(message: ShortMessage) -> bool:
    """Tell whether deliver_sm brings a receipt, and no message that somebody wrote."""
    return message.esm_class & TYPE_MASK == RECEIPT_TYPE or RECEIPTED_ID in message.tlvs


def read_receipt(message: ShortMessage, decimal_ids: bool = False) -> Receipt | None:
    """Read a receipt; None when it tells of no end yet, or nothing that can be read.

    decimal_ids: the gateway answers submitting with hexadecimal numbers and writes decimal ones here.
    """
    # What follows `text:` is the beginning of what was sent: it may say anything.
    fields = _TEXT.split(message.message, maxsplit=1)[0]
    given = {name.lower(): value for name, value in _FIELD.findall(fields)}
    octets = message.tlvs.get(RECEIPTED_ID, b"").rstrip(b"\0") or given.get(b"id", b"")
    number = message.tlvs.get(MESSAGE_STATE, b"")
    name = _NAMES.get(number[0], "") if number else given.get(b"stat", b"").decode("latin-1").upper()
    state = _BY_NAME.get(name)
    identifier = kept_id(octets.decode("latin-1"))
    if identifier is None or state is None:
        return None
    error = given.get(b"err", b"").decode("latin-1").lstrip("0")
    reason = "" if state == "delivered" else without_numbers(f"{name} {error}".strip())
    return Receipt(_named(identifier, decimal_ids), state, reason)


def _named(text: str, decimal: bool) -> str:
    return f"{int(text):x}" if decimal and text.isascii() and text.isdigit() else text
