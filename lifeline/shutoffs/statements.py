"""Portable statements of shut-offs (可验证停水单): signed, to be checked anywhere without a database.

What is checked: that the signature is good for every byte, and that the numbers agree with the lists beside
them. Which valves follow from which break only the network can say, of the edition that is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from lifeline.traces.answers import MOST_LISTED
from spatial.errors import Problem
from spatial.rights.signatures import sign_as, signature_problems

FORMAT = "citygrid shut-off 1"
Json = dict[str, Any]
_TOLD = (
    "id", "network", "state", "cause", "title", "from_at", "until_at", "announced_at", "began_at", "ended_at",
    "question", "edition", "found", "valves", "username", "created_at",
)  # fmt: skip


def statement(record: Mapping[str, Any], master: bytes) -> Json:
    """Sign a record as it stands now; times in RFC 3339, lengths in metres."""
    told = {**{name: record[name] for name in _TOLD}, "issued_at": datetime.now(UTC)}
    # What is signed is what is sent: texts and numbers, and nothing that is still to be turned into one.
    return sign_as(FORMAT, orjson.loads(orjson.dumps(told)), master)


def verify(document: Mapping[str, Any], trusted: str | None = None) -> list[Problem]:
    """Check a statement by itself; [] when all is as it says. trusted: the only public key that is believed.

    Without `trusted` the signature only shows that nothing was changed since somebody signed it.
    """
    try:
        return signature_problems(document, FORMAT, trusted) or _count_problems(document["found"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [Problem("document", f"is no statement: {type(error).__name__} at {error}")]


def _count_problems(found: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(f"found.{part}.{many}", f"is {found[part][many]}, and {len(found[part][codes])} are listed")
        for part in ("cut_off", "dry")
        for many, codes in (("nodes", "node_codes"), ("links", "link_codes"))
        if min(found[part][many], MOST_LISTED) != len(found[part][codes])
    ]
