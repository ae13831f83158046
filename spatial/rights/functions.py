"""Who may call which function that runs with its owner's rights: what `rules` is for tables."""

from __future__ import annotations

from dataclasses import dataclass

from spatial.rights.reader import AREA_STANDPOINT, CITY_STANDPOINT, STANDPOINTS, SYSTEM_STANDPOINT


@dataclass(frozen=True)
class Function:
    """A function that is not for everybody: who may call it, by standpoint."""

    signature: str
    standpoints: tuple[str, ...]


FUNCTIONS: tuple[Function, ...] = (
    # Clear text, against a committed record of the caller's own.
    Function("clear_cipher(bigint)", (CITY_STANDPOINT, AREA_STANDPOINT)),
    Function("find_sealed(bigint, bytea[])", (CITY_STANDPOINT, AREA_STANDPOINT)),
    # Numbers that messages are being sent to, against the record of the claim.
    Function("message_ciphers(bigint[])", (SYSTEM_STANDPOINT,)),
    Function("account_layers(bigint)", STANDPOINTS),
    # Knows of components of other areas, and tells only which numbers come next.
    Function("issue_component_numbers(text,integer,text[])", STANDPOINTS),
    # Tells of a code that it is taken, as trying to write it would.
    Function("taken_component_codes(text[])", STANDPOINTS),
    # Draws from a sequence that nobody may read.
    Function("event_numbers(date, integer)", STANDPOINTS),
    # Says whether duty list and borders are still the same, and holds them so.
    Function("dispatch_stamp(boolean)", STANDPOINTS),
    # Makes the table of a day of fixes.
    Function("fix_day(date)", (SYSTEM_STANDPOINT,)),
    # Makes the table of a month of observations.
    Function("observation_month(date)", (SYSTEM_STANDPOINT,)),
    Function("audit_record(text, text, text, text, jsonb, jsonb, text)", STANDPOINTS),
)
"""Functions that run with their owner's rights; nobody else may call them."""
