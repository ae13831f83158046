"""What the columns of a layer's relation really are: the catalogue says what they are published as."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from psycopg import Connection

from layers.catalogue import Layer
from spatial.database import Reading, query
from spatial.database.steps import Question, Server, Steps, run, server_of

KEPT_S = 60.0
"""A column that was altered by hand is seen this soon."""
MOST = 1024

_FACTS: OrderedDict[Hashable, Facts] = OrderedDict()
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Facts:
    """Column → type by its name in PostgreSQL (int4, float8, _text …); geometry columns by their subtype."""

    columns: tuple[tuple[str, str], ...] = ()
    expires: float = field(default=0.0, compare=False)

    @cached_property
    def types(self) -> Mapping[str, str]:
        """The same to look up in."""
        return dict(self.columns)

    def is_point(self, column: str) -> bool:
        """Tell whether a geometry column can hold single points only, so that ST_X may be asked of it."""
        return self.types.get(column) == "Point"


NOTHING = Facts()
"""Nothing is known: what is written must hold for any type."""


def facts(connection: Connection[Any] | Reading, layer: Layer) -> Facts:
    """Look the columns up, at most once a minute for each layer."""
    return run(connection, facts_steps(server_of(connection.pgconn), layer))


def facts_steps(server: Server, layer: Layer) -> Steps[Facts]:
    """Look the columns up, as `facts` does; server: the database."""
    key = (server, layer.schema, layer.relation, layer.published_at)
    with _LOCK:
        known = _FACTS.get(key)
    if known is not None and known.expires > time.monotonic():
        return known
    values = {"schema": layer.schema, "relation": layer.relation}
    rows = yield Question(query("layers.features", "columns"), values)
    found = rows.pgresult
    assert found is not None
    texts = [[found.get_value(row, column) or b"" for column in (0, 1)] for row in range(found.ntuples)]
    columns = tuple((name.decode(), kind.decode()) for name, kind in texts)
    known = Facts(columns, time.monotonic() + KEPT_S)
    with _LOCK:
        _FACTS[key] = known
        while len(_FACTS) > MOST:
            _FACTS.popitem(last=False)
    return known
