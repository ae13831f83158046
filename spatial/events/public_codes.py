"""Codes by which one of the public follows a report (查询码), and tickets that a page sends one with. Pure.

A code is made of what the sender's page drew by lot and of a key of ours: sent again after a lost answer, a
report gives the same code, and nobody else can make it. We keep its digest alone. A ticket says when a page
was opened: what is filled in within two seconds was filled in by a program.
"""

from __future__ import annotations

import base64
import hmac
import os
import struct
from datetime import datetime
from hashlib import sha256

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U."""
LENGTH, GROUP = 20, 5
"""Twenty letters are 100 bits."""
_ALIKE = str.maketrans("ILO", "110")
_TICKET = struct.Struct(">q8s")
_SIGNATURE_BYTES = 16


def code_of(seed: bytes, client_id: str) -> str:
    """Make the code of what a client sent under a name of its own, such as "7K2M0-…"."""
    number = int.from_bytes(_signed(seed, b"code", client_id.encode())) >> (256 - 5 * LENGTH)
    letters = "".join(LETTERS[number >> 5 * place & 31] for place in reversed(range(LENGTH)))
    return "-".join(letters[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def plain(code: str) -> str | None:
    """Write a code as it was made, however it was typed in; None when it is none."""
    letters = "".join(sign for sign in code.upper() if sign not in "-–— \u3000").translate(_ALIKE)
    return letters if len(letters) == LENGTH and all(sign in LETTERS for sign in letters) else None


def digest_of(code: str) -> bytes:
    """Hash a code, 32 bytes; all that we keep of it, and of what is no code the hash of nothing."""
    return sha256((plain(code) or "").encode()).digest()


def external_id(client_id: str) -> str:
    """Name a report by what its sender calls it, without giving that away: the code is made of it."""
    return f"public:{sha256(client_id.encode()).hexdigest()[:32]}"


def ticket(seed: bytes, now: datetime) -> str:
    """Write a ticket for a page that is opened at `now`."""
    head = _TICKET.pack(int(now.timestamp()), os.urandom(8))
    return base64.urlsafe_b64encode(head + _signed(seed, b"ticket", head)[:_SIGNATURE_BYTES]).decode()


def ticket_age_s(seed: bytes, text: str, now: datetime) -> float | None:
    """Tell how many seconds ago a ticket was written; None when it is none of ours."""
    try:
        whole = base64.b64decode(text.encode("ascii"), b"-_", validate=True)
    except ValueError:
        return None
    head, signature = whole[: _TICKET.size], whole[_TICKET.size :]
    if not hmac.compare_digest(_signed(seed, b"ticket", head)[:_SIGNATURE_BYTES], signature):
        return None
    return now.timestamp() - float(_TICKET.unpack(head)[0])


def _signed(seed: bytes, purpose: bytes, content: bytes) -> bytes:
    return hmac.digest(seed, purpose + b"\0" + content, "sha256")
