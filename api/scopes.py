"""What a limited key opens, and what an account may do before it has a password of its own."""

from __future__ import annotations

import re

from api.asgi import Scope
from api.sessions import SAFE_METHODS
from spatial.errors import Forbidden, PasswordChangeNeeded
from spatial.rights.reader import Reader

READING_POSTS = frozenset(
    {"/api/grids/locate", "/api/addresses/geocode", "/api/addresses/reverse", "/api/nearby"}
)
"""A POST by its name only: it carries a question too long for an address, and changes nothing."""
QUESTIONS = re.compile(
    r"/api/lifeline/networks/[^/]+/(traces|complaints)|/api/lifeline/alarm-rules/[0-9]+/replay"
    r"|/api/lifeline/alarms/[0-9]+/assess"
)
"""The same, of one network, of one rule of alarms, of one alarm."""

ANY = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
FIELD_DOORS = {
    "/api/fixes": ANY, "/api/me": SAFE_METHODS, "/api/grids/locate": SAFE_METHODS | {"POST"},
    "/api/tasks/mine": SAFE_METHODS, "/api/signs/mine": SAFE_METHODS | {"POST"},
    "/api/cries/mine": SAFE_METHODS | {"POST"},
}  # fmt: skip
"""What a field app needs, by path (and all below it) and method."""

RECEIPTS = re.compile(r"/api/tasks/[0-9]+/receipts")
"""Where a field app says that a task has arrived."""

OWN_DOORS = "/api/me"
"""Where somebody chooses a password; everything else waits until it is chosen."""


def check_scope(scope: Scope, reader: Reader) -> None:
    """Refuse what the key is not for; Forbidden. Costs next to nothing for an ordinary key."""
    if reader.scope == "read":
        if not _only_reads(scope["method"], scope["path"]) and not _is_log_out(scope):
            raise Forbidden("this key may read, and change nothing")
    elif reader.scope == "field":
        if not _is_field_door(scope["method"], scope["path"]) and not _is_log_out(scope):
            raise Forbidden("this key is for sending fixes and asking where it is, and for nothing else")
    elif reader.scope != "all":
        raise Forbidden("this key is for nothing")
    if reader.must_change_password and not _is_at(scope["path"], OWN_DOORS) and not _is_log_out(scope):
        raise PasswordChangeNeeded("choose a password of your own first: POST /api/me/password")


def _only_reads(method: str, path: str) -> bool:
    asks = method == "POST" and (path in READING_POSTS or QUESTIONS.fullmatch(path) is not None)
    return asks or method in SAFE_METHODS


def _is_field_door(method: str, path: str) -> bool:
    if method == "POST" and RECEIPTS.fullmatch(path):
        return True
    return any(method in methods and _is_at(path, door) for door, methods in FIELD_DOORS.items())


def _is_at(path: str, door: str) -> bool:
    return path == door or path.startswith(f"{door}/")


def _is_log_out(scope: Scope) -> bool:
    return (scope["method"], scope["path"]) == ("DELETE", "/api/auth/session")
