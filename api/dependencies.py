"""What ordinary routes ask for: the city of this process, and who is reading."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import contextmanager_in_threadpool
from psycopg import Connection
from pydantic import BaseModel

from api.city import City
from spatial.database import session
from spatial.errors import InvalidInput, Problem
from spatial.rights.reader import Reader


def _city(request: Request) -> City:
    city: City = request.app.state.city
    return city


def _reader(request: Request) -> Reader:
    reader: Reader = request.scope["reader"]
    return reader


TAKES_ANYTHING: set[Callable[..., Any]] = set()
"""Routes that people are sent to with parameters which are not for them; they add themselves."""


def known_parameters(request: Request) -> None:
    """Refuse a parameter that the route does not know or that stands twice, as the raw doors do."""
    route = request.scope["route"]
    if route.endpoint in TAKES_ANYTHING:
        return
    known = _query_names(route.dependant)
    names = [name for name, _ in request.query_params.multi_items()]
    once_and_known(names, known)


def once_and_known(names: list[str], known: Collection[str]) -> None:
    """Refuse names of parameters that are not known or stand twice; InvalidInput says which there are."""
    there = f"is not a parameter here; there are {', '.join(sorted(known)) or 'none'}"
    problems = [Problem(name[:60], there) for name in names if name not in known]
    problems += [Problem(name, "stands twice") for name in sorted(known) if names.count(name) > 1]
    if problems:
        raise InvalidInput(problems[:20])


def _query_names(dependant: Any) -> set[str]:
    below = (_query_names(dependency) for dependency in dependant.dependencies)
    return {name for field in dependant.query_params for name in _names_of(field)}.union(*below)


def _names_of(field: Any) -> set[str]:
    """A route may take its parameters one by one, or as the fields of a model."""
    model = field.field_info.annotation
    if isinstance(model, type) and issubclass(model, BaseModel):
        return {each.alias or name for name, each in model.model_fields.items()}
    return {field.alias}


CityOf = Annotated[City, Depends(_city)]
ReaderOf = Annotated[Reader, Depends(_reader)]


async def _connection(city: CityOf, reader: ReaderOf) -> AsyncIterator[Connection[Any]]:
    """Wait for a slot without holding a thread.

    Were threads to wait for the pool, the requests that hold its connections would find no thread to run in.
    """
    lent = session(city.database, reader)
    async with city.slots, contextmanager_in_threadpool(lent) as connection:
        yield connection


ConnectionOf = Annotated[Connection[Any], Depends(_connection, scope="function")]
"""A connection in one transaction for the reader, committed before the answer is sent."""
