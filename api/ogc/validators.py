"""Validators of documents: a weak ETag for each form and language, 304 for who has it (RFC 9110)."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from hashlib import blake2b

import orjson

from api.asgi import Headers
from api.ogc import pages
from api.ogc.call import Answer, Call, Document, Handler, Reply

PERSONAL: Headers = [
    (b"vary", b"Accept, Accept-Language, Authorization"),
    (b"cache-control", b"private, no-cache"),
]
"""What a 304 must repeat of the 200 that it stands for."""


def tagged(handler: Handler) -> Handler:
    """Give the documents of `handler` an ETag, and answer 304 when the client holds that state.

    The tag is weak: a proxy may pack the same document in different ways. It covers the address that was
    called, since links are written from it.
    """

    @wraps(handler)
    def answer(call: Call, *parts: str) -> Answer:
        document = handler(call, *parts)
        if not isinstance(document, Document):
            return document
        etag = tag_of(call, document)
        if holds(call.ask.headers.get("if-none-match", ""), etag):
            return Reply(304, document.media_type.encode(), [(b"etag", etag.encode()), *PERSONAL], b"")
        return replace(document, headers=(*document.headers, (b"etag", etag.encode())))

    return answer


def tag_of(call: Call, document: Document) -> str:
    """Write the tag: a digest of the document, and for a page also of the templates and its address."""
    digest = blake2b(orjson.dumps(document.body), digest_size=12)
    digest.update(call.language.encode())
    if call.ask.wants_html:
        digest.update(pages.version())
        digest.update(call.base_url.encode())
        digest.update(repr(call.ask.query).encode())
    return f'W/"{digest.hexdigest()}"'


def holds(header: str, etag: str) -> bool:
    """Tell whether If-None-Match names `etag`; weak comparison, as the RFC wants for it."""
    given = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in given or etag.removeprefix("W/") in given
