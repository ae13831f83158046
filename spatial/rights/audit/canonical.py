"""The one way to write the fields of a row as bytes, here and in functions.sql alike.

Each value is its length in bytes, a colon and its text, or ~ for null; values are joined by commas. What a
value holds can never be taken for a border, so two different rows cannot be written alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

ROW_FORM = b"citygrid.audit.1"
"""Names form and fields of a row; another list of fields gets another name."""


def write(form: bytes, values: Sequence[bytes | None]) -> bytes:
    """Write values, each already a text in UTF-8 or None, under the name of their form."""
    return b",".join([form, *[b"~" if value is None else b"%d:%b" % (len(value), value) for value in values]])


def row_hash(values: Sequence[bytes | None]) -> bytes:
    """Hash a row of the log: its columns as texts in the order of verify_rows.sql, SHA-256."""
    return hashlib.sha256(write(ROW_FORM, values)).digest()
