"""Conditions of a change (RFC 9110, 13): If-Match and If-None-Match against the version of the locked row."""

from __future__ import annotations

import re
from collections.abc import Mapping

from api.asgi import PreconditionFailed, PreconditionRequired
from layers.catalogue import Layer
from layers.edits.changes import Check
from spatial.errors import InvalidInput

_TAG = re.compile(r'\s*(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')


def versions(header: str, name: str) -> list[str]:
    """List the row versions of a header's tags: the part of each before its representation; InvalidInput.

    A feature's tag is `"<row version>-<representation>"`. Weak tags count as well: a proxy that packs an
    answer makes its tag weak, and the version is of the row, not of its bytes.
    """
    found, position = [], 0
    while position < len(header):
        tag = _TAG.match(header, position)
        if tag is None:
            raise InvalidInput.at(name, 'must be tags in quotes, such as "0123abcd", or *')
        found.append(tag[1].partition("-")[0])
        position = tag.end()
    return found


def conditions(headers: Mapping[str, str], layer: Layer) -> Check | None:
    """Read the conditions of a request; the check is called with the row locked: nothing comes between.

    PreconditionRequired when the layer wants to know which state a change starts from (`about.strict_edits`).
    """
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if match is None and layer.about.get("strict_edits") is True:
        raise PreconditionRequired(
            "changes of this layer must say which state they start from: send If-Match"
        )
    if match is None and none_match is None:
        return None
    wanted = None if match is None or match.strip() == "*" else versions(match, "If-Match")
    any_is_wrong = none_match is not None and none_match.strip() == "*"
    unwanted = versions(none_match, "If-None-Match") if none_match is not None and not any_is_wrong else []

    def check(_: str, version: str) -> None:
        if wanted is not None and version not in wanted:
            raise PreconditionFailed("the feature has changed since it was read; read it again")
        if any_is_wrong or version in unwanted:
            raise PreconditionFailed("the feature is there already, as If-None-Match says it must not be")

    return check
