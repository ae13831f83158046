"""What is sent for a message: written when it is sent, with what its owner may see at that moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spatial.partners import push
from spatial.partners.cloud_events import ONE, cloud_event, encode
from spatial.partners.log import Entry, Seen, Wanted, visible
from spatial.partners.signing import signed_headers
from spatial.partners.webhooks import Secrets, Webhook

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A request to a partner, without what it is opened with."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    reference_at: str | None = None
    """Where in the answer the partner names the event."""


@dataclass(frozen=True)
class NotSent:
    """Why a message is not sent; `dead`: somebody must look at it."""

    why: str
    dead: bool = False


def write(
    webhook: Webhook, secrets: Secrets, source: str, entry: Entry | None, events: Mapping[int, Seen],
    reference: str | None, now_s: int,
) -> Request | NotSent:  # fmt: skip
    """Write the request for a row of the log; now_s: the clock, in seconds since 1970.

    events: what the owner may see of the event. reference: what the partner calls it, if it was sent before.
    """
    if entry is None:
        return NotSent("what it was about is not in the log any more")
    # The filter is not asked again: what was wanted when it happened is told, also from another place.
    if not visible(Wanted(), entry, events):
        return NotSent("the owner of the webhook may not see the event any more")
    message = cloud_event(source, entry, events)
    if webhook.kind == "rest":
        return _in_their_words(webhook, message, entry, reference)
    return signed(webhook.url, message, secrets, now_s)


def signed(url: str, message: Json, secrets: Secrets, now_s: int) -> Request:
    """Write a CloudEvent in the structured mode, signed after Standard Webhooks."""
    body = encode(message)
    headers = {"content-type": ONE, **signed_headers(secrets.signing, message["id"], now_s, body)}
    return Request("POST", url, headers, body)


def _in_their_words(
    webhook: Webhook, message: Json, entry: Entry, reference: str | None
) -> Request | NotSent:
    part = webhook.options.get("create" if reference is None else "update")
    if part is None:
        return NotSent("nothing is configured for what comes after the first message of an event")
    if reference == "":
        return NotSent("the partner's answer did not name the event, so there is nothing to follow up", True)
    written = push.write(webhook.url, part, {**message, "reference": reference})
    if isinstance(written, str):
        return NotSent(written, dead=True)
    method, url, headers, body = written
    reference_at = webhook.options.get("reference") if reference is None else None
    return Request(method, url, {**headers, "idempotency-key": entry.name}, body, reference_at)
