"""What PostgreSQL refuses of places and resources, told as the field that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection

from spatial.errors import Conflict, Forbidden, InvalidInput

FIELDS: dict[str, tuple[str, str]] = {
    "ck_place_level_change_needs_a_new_reason": (
        "risk_reason",
        "must say why the level changes: 4 to 1000 characters, other than last time, only with a change",
    ),
    "fk_place_kind": ("kind", "names no kind of places"),
    "pk_place_person": ("people", "names the same person twice in one role"),
    "ck_stock_movement_delta": ("deltas", "must be other than zero, in thousandths, and at most 1e9"),
    "ck_stock_movement_never_below_zero": ("delta", "would leave less than nothing in the store"),
    "ck_stock_movement_reason": ("reason", "must have 2 to 500 characters"),
    "ck_resource_phone": (
        "phone",
        "must be the duty line of an office, in digits: the mobile phone of a person is kept with the person",
    ),
    "ck_resource_capacity": ("capacity", "must be a number from zero"),
}
"""Constraint → the field, and what is wrong."""


@contextmanager
def refusals(connection: Connection[Any], what: str) -> Iterator[None]:
    """Undo what is refused inside, and raise it in our words; `what` names the things, for Forbidden."""
    try:
        with connection.transaction():
            yield
    except psycopg.errors.InsufficientPrivilege:
        raise Forbidden(f"this lies outside of what you may change of {what}") from None
    except psycopg.errors.IntegrityError as error:
        known = FIELDS.get(error.diag.constraint_name or "")
        if known is not None:
            raise InvalidInput.at(*known) from None
        if isinstance(error, psycopg.errors.ForeignKeyViolation):
            raise Conflict("other records refer to it") from None
        raise
    except psycopg.DataError:
        raise InvalidInput.at("body", "holds a value that cannot be stored") from None
