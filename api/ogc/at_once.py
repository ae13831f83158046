"""Features on the event loop: what most requests ask for is read there without a thread.

Only what is simple comes this way: one feature, or a page by box or token. All else, and whatever cannot be
answered here, goes to a thread and is answered there from the start; the answers are the same.
"""

from __future__ import annotations

from api.ogc.call import Answer, Call
from api.ogc.exports import chosen
from api.ogc.forms import linked
from api.ogc.items import item_steps, items_steps
from api.ogc.request import Ask
from spatial.database.steps import Server, Steps

_PARAMETERS = frozenset(
    {"limit", "token", "bbox", "bbox-crs", "crs", "properties", "skipGeometry", "lang", "f"}
)


def is_simple(ask: Ask) -> bool:
    """Tell whether a request may be answered here."""
    path = ask.path
    if not 3 <= len(path) <= 4 or path[0] != "collections" or path[2] != "items":
        return False
    if path[1] in ("catalogue", "movers"):  # records and moving features, which are no features of a layer
        return False
    if ask.method not in ("GET", "HEAD") or not _PARAMETERS.issuperset(name for name, _ in ask.query):
        return False
    return not ask.wants_html and chosen(ask) is None


def steps_of(call: Call, server: Server) -> Steps[Answer]:
    """Answer a simple request in steps."""
    path = call.ask.path
    if len(path) == 4:
        return item_steps(call, server, path[1], path[3])
    return _linked(call, server, path[1])


def _linked(call: Call, server: Server, name: str) -> Steps[Answer]:
    page = yield from items_steps(call, server, name)
    return linked(call, name, page)
