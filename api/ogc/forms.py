"""What stands around items: links to what they can be asked for, and a form for people.

Of the form, fields left empty ask for nothing, and what is wrong is said beside it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from urllib.parse import urlencode

from api.ogc import pages
from api.ogc.call import Answer, Call, Document, Handler, Reply
from api.ogc.documents import REL, address_of
from api.ogc.validators import PERSONAL
from spatial.errors import InvalidInput

HTML = b"text/html; charset=utf-8"


def explained(handler: Handler) -> Handler:
    """Answer items by `handler`, with the links of Parts 3 and 8 in a header, and with a form for people."""

    @wraps(handler)
    def answer(call: Call, name: str) -> Answer:
        if not call.ask.wants_html:
            return linked(call, name, handler(call, name))
        try:
            return handler(_without_blanks(call), name)
        except InvalidInput as error:
            return _refused(call, name, error)

    return answer


def linked(call: Call, name: str, answered: Answer) -> Answer:
    """Add the links to what the items of a collection can be asked and sorted by."""
    url = address_of(call, call.collection(name).layer)
    links = ", ".join(f'<{url}/{kind}>; rel="{REL}/{kind}"' for kind in ("queryables", "sortables"))
    return replace(answered, headers=[*answered.headers, (b"link", links.encode())])


def _without_blanks(call: Call) -> Call:
    """A browser sends the empty fields of a form, too."""
    filled = [(name, text) for name, text in call.ask.query if text.strip()]
    scope = {**call.ask.scope, "query_string": urlencode(filled).encode()}
    return replace(call, ask=replace(call.ask, scope=scope))


def _refused(call: Call, name: str, error: InvalidInput) -> Reply:
    errors = [{"where": each.where, "reason": each.reason} for each in error.problems]
    layer = call.collection(name).layer
    document = Document({"errors": errors}, "text/html", "items_refused.html", layer)
    headers = [(b"content-language", call.language.encode()), *PERSONAL]
    return Reply(400, HTML, headers, pages.page(call.ask, document))
