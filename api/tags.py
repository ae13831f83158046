"""The state of a thing in headers (RFC 9110, 8.8.3, 13.1.1): told as its tag, and asked for by If-Match."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Response

from api.asgi import PreconditionFailed
from spatial.errors import InvalidInput

Json = dict[str, Any]

_TAG = re.compile(r'(?:W/)?"([0-9A-Za-z]{1,64})"')


def tag_sent(if_match: Annotated[str | None, Header()] = None) -> str | None:
    """Read the state that a change starts from; none or `*`: whatever it is."""
    return _read(if_match, _TAG, "must be the tag of what is changed, in quotes")


def number_sent(digits: int) -> Callable[..., int | None]:
    """Make what reads a state that is a number, of so many digits at most; as `tag_sent`."""
    form = re.compile(rf'(?:W/)?"([0-9]{{1,{digits}}})"')

    def read(if_match: Annotated[str | None, Header()] = None) -> int | None:
        found = _read(if_match, form, 'must be the tag of what is changed, such as "7"')
        return None if found is None else int(found)

    return read


def _read(if_match: str | None, form: re.Pattern[str], must: str) -> str | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = form.fullmatch(if_match.strip())
    if found is None:
        raise InvalidInput.at("If-Match", must)
    return found[1]


Match = Annotated[str | None, Depends(tag_sent)]
"""The state that a change starts from; None: whatever it is."""
MatchNumber = Annotated[int | None, Depends(number_sent(18))]
"""The same of things whose state is a number: plans, events."""


def check_tag(sent: str | None, held: Any) -> None:
    """Refuse a change that starts from another state than the one there is; the row is locked."""
    if sent is not None and sent != str(held):
        raise PreconditionFailed("it has changed since it was read; read it again")


def tagged(answer: Response, body: Json, name: str = "etag") -> Json:
    """Tell the state that a body names in the header as well."""
    answer.headers["etag"] = f'"{body[name]}"'
    return body
