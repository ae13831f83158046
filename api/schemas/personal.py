"""Bodies of the routes about personal data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.schemas.accounts import Body

Reason = Annotated[str, Field(min_length=4, max_length=500)]


class RevealWorker(Body):
    """A clear text of a worker, and what it is needed for."""

    field: Literal["name", "phone"]
    reason: Reason


class RevealReporter(Body):
    """A clear text of the person who reported an event, and what it is needed for."""

    field: Literal["name", "phone", "id_number", "address"]
    reason: Reason


class Search(Body):
    """A whole value to look for."""

    relation: Literal["worker", "reporter"]
    field: Literal["name", "phone", "id_number"]
    value: Annotated[str, Field(min_length=1, max_length=200)]
