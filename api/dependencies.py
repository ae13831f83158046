"""What ordinary routes ask for: the city of this process, and who is reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request
from psycopg import Connection

from api.city import City
from spatial.database import session
from spatial.rights.reader import Reader


def _city(request: Request) -> City:
    city: City = request.app.state.city
    return city


def _reader(request: Request) -> Reader:
    reader: Reader = request.scope["reader"]
    return reader


CityOf = Annotated[City, Depends(_city)]
ReaderOf = Annotated[Reader, Depends(_reader)]


def _connection(city: CityOf, reader: ReaderOf) -> Iterator[Connection[Any]]:
    with session(city.database, reader) as connection:
        yield connection


ConnectionOf = Annotated[Connection[Any], Depends(_connection)]
"""A connection in one transaction for the reader, committed when the route returns."""
