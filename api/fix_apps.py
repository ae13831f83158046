"""The doors of apps that are not ours: OsmAnd and Traccar Client, OwnTracks, Overland, GPSLogger, μLogger."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import orjson
from anyio.to_thread import run_sync

from api.asgi import JSON, Receive, Scope, check_method, header, read_body
from api.fix_calls import (
    FORM,
    MOST_BODY,
    MULTIPART,
    Answer,
    Parameters,
    as_object,
    cookie_of,
    first,
    form_of,
    loaded,
    media_type,
    now_us,
    pairs,
    photo_form_of,
    query_of,
    reader_of,
)
from api.fix_desk import FixDesk, Outcome
from spatial.errors import Forbidden, InvalidInput, NotFound, Problem, Unauthenticated
from spatial.patrols.protocols import gpslogger, osmand, overland, owntracks, ulogger
from spatial.patrols.protocols.fixes import Batch, Parsed, Source
from spatial.patrols.senders import Sender
from spatial.rights.reader import Reader

WAITS = "waits to be given to somebody"
TEXT = b"text/plain; charset=utf-8"
LARGE = 32 * 1024
"""Bytes of a body that is read in a thread, so that others need not wait for it."""


class _Door:
    """One app's door: `path` may be followed by more where the app wants it so."""

    protocol: str
    source: Source

    def __init__(self, desk: FixDesk) -> None:
        self.desk = desk

    async def _take(self, device: Sender, parsed: Parsed) -> Outcome:
        batch = Batch.gathered([parsed])
        outcome = await self.desk.take_of({0: device}, self.source, batch)
        if parsed.skipped and not parsed.fixes and not parsed.events:
            await self.desk.unreadable(device)
        return outcome

    async def _read(self, body: bytes, parse: Callable[..., Any], *given: Any) -> Any:
        if len(body) < LARGE:
            return parse(*given)
        return await run_sync(parse, *given, limiter=self.desk.threads)


def refuse_waiting(outcome: Outcome) -> None:
    """Refuse what a device sent that nobody has taken up: it keeps it, and sends it when somebody has."""
    if outcome.waiting:
        raise Forbidden(f"the device '{outcome.waiting[0][:60]}' {WAITS}")


class Osmand(_Door):
    """OsmAnd and Traccar Client. Neither can send headers: the key stands in the path, or as `key`."""

    protocol, source = "osmand", Source.OSMAND

    async def answer(self, scope: Scope, receive: Receive, rest: str) -> Answer:
        """Take one fix."""
        check_method(scope, "GET", "HEAD", "POST")
        query = query_of(scope)
        given_key = query.pop("key", None)
        reader = await reader_of(scope, rest or (given_key[0] if given_key else None))
        body = await read_body(scope, receive, MOST_BODY) if scope["method"] == "POST" else b""
        if media_type(scope) == "application/json":
            return await self._json(reader, as_object(loaded(body)))
        form = pairs(body) if body and not query else {}
        form.pop("key", None)
        return await self._address(reader, query or form)

    async def _address(self, reader: Reader, given: Parameters) -> Answer:
        """Take an address. OsmAnd sends what is not acknowledged again and again, without a pause."""
        device = await self.desk.device(reader, self.protocol, osmand.identity(given))
        try:
            parsed = osmand.parse(given, device.profile, now_us())
        except InvalidInput as wrong:
            parsed = Parsed(None, skipped=wrong.problems)
        if (await self._take(device, parsed)).waiting:
            raise InvalidInput.at("id", f"this device {WAITS}")
        return _told(parsed.skipped)

    async def _json(self, reader: Reader, given: dict[str, Any]) -> Answer:
        """What cannot be read is acknowledged: the app would send it, and nothing after it, for a day."""
        device = await self.desk.device(reader, self.protocol, osmand.identity_of_json(given))
        try:
            parsed = osmand.parse_json(given, now_us())
        except InvalidInput as wrong:
            parsed = Parsed(None, skipped=wrong.problems)
        if (await self._take(device, parsed)).waiting:
            raise NotFound(f"this device {WAITS}")
        return _told(parsed.skipped)


def _told(skipped: tuple[Problem, ...]) -> Answer:
    """Answer with nothing, or with what was wrong."""
    if not skipped:
        return Answer(b"", TEXT)
    return Answer(
        orjson.dumps({"skipped": [{"where": each.where, "reason": each.reason} for each in skipped]})
    )


class Owntracks(_Door):
    """OwnTracks in HTTP mode."""

    protocol, source = "owntracks", Source.OWNTRACKS

    async def answer(self, scope: Scope, receive: Receive, rest: str) -> Answer:
        """Take what the app tells; every other status than 200 makes it keep the message."""
        check_method(scope, "POST")
        _check_no_rest(rest)
        query = first(query_of(scope))
        reader = await reader_of(scope)
        body = await read_body(scope, receive, MOST_BODY)
        messages = await self._read(body, _messages, body)
        asked = {**_limits(scope), "u": query.get("u"), "d": query.get("d"), "user": _basic_user(scope)}
        waiting = False
        for message in messages:
            device = await self.desk.device(reader, self.protocol, owntracks.identity(message, asked))
            outcome = await self.one(device, message)
            waiting = waiting or bool(outcome.waiting)
        if waiting:
            raise Forbidden(f"this device {WAITS}")
        return Answer(owntracks.REPLY)

    async def one(self, device: Sender, message: owntracks.Message) -> Outcome:
        """Take one message; InvalidInput when it is sealed and cannot be opened."""
        clear = owntracks.opened(message, device.profile)
        try:
            parsed = owntracks.parse(clear, device.profile, device.identity, now_us())
        except InvalidInput as wrong:
            parsed = Parsed(None, skipped=wrong.problems)
        return await self._take(device, parsed)


def _messages(body: bytes) -> list[owntracks.Message]:
    if body.strip():
        loaded(body)
    return owntracks.messages(body)


def _limits(scope: Scope) -> dict[str, str | None]:
    found = {name: header(scope, f"x-limit-{name}".encode()) for name in ("u", "d")}
    return {f"limit_{name}": value.decode("latin-1") if value else None for name, value in found.items()}


def _basic_user(scope: Scope) -> str | None:
    scheme, _, value = (header(scope, b"authorization") or b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(value).decode().partition(":")[0] or None
    except ValueError:
        return None


class Overland(_Door):
    """Overland: whatever is answered but `{"result":"ok"}`, it keeps the whole batch."""

    protocol, source = "overland", Source.OVERLAND

    async def answer(self, scope: Scope, receive: Receive, rest: str) -> Answer:
        """Take a batch."""
        check_method(scope, "POST")
        _check_no_rest(rest)
        reader = await reader_of(scope)
        body = await read_body(scope, receive, MOST_BODY)
        given = await self._read(body, lambda: as_object(loaded(body)))
        parts = await self._read(body, overland.parse, given)
        batch = Batch.gathered(parts)
        outcome = await self.desk.take(reader, self.protocol, self.source, batch)
        lost = len(given["locations"]) - len(batch.of)
        if lost:
            device = await self.desk.device(reader, self.protocol, parts[0].identity)
            await self.desk.unreadable(device, lost)
        if outcome.wrong:
            raise outcome.wrong[0][1]
        refuse_waiting(outcome)
        return Answer(overland.REPLY)


class Gpslogger(_Door):
    """GPSLogger's custom URL, and what is made for Home Assistant."""

    protocol, source = "gpslogger", Source.GPSLOGGER

    async def answer(self, scope: Scope, receive: Receive, rest: str) -> Answer:
        """Take one fix, from the address, a form or JSON."""
        check_method(scope, "GET", "HEAD", "POST")
        _check_no_rest(rest)
        reader = await reader_of(scope)
        given: dict[str, Any] = first(query_of(scope))
        if scope["method"] == "POST":
            given |= await _posted(scope, receive)
        device = await self.desk.device(reader, self.protocol, gpslogger.identity(given))
        try:
            parsed = gpslogger.parse(given, device.profile, now_us())
        except InvalidInput:
            await self.desk.unreadable(device)
            raise
        refuse_waiting(await self._take(device, parsed))
        return Answer(gpslogger.REPLY, TEXT)


async def _posted(scope: Scope, receive: Receive) -> dict[str, Any]:
    body = await read_body(scope, receive, MOST_BODY)
    if media_type(scope) == "application/json":
        return as_object(loaded(body))
    # The app sends a body of the template's without saying what it is.
    return first(pairs(body)) if media_type(scope) in (FORM, "", "text/plain") else {}


class Ulogger(_Door):
    """μLogger: it logs in by a form, and has a cookie from then on."""

    protocol, source = "ulogger", Source.ULOGGER
    rests = ("", "client/index.php")

    async def answer(self, scope: Scope, receive: Receive, rest: str) -> Answer:
        """Do what a form asks for; 401 makes the app log in again."""
        check_method(scope, "POST")
        if rest not in self.rests:
            raise NotFound("there is nothing at this address")
        try:
            if media_type(scope) == MULTIPART:
                # Nobody logs in with a photo: what is so large is read of those alone who have.
                reader = await reader_of(scope, cookie_of(scope))
                return await self._action(reader, await photo_form_of(scope, receive))
            given = await form_of(scope, receive)
            if given.get("action") == "auth":
                await reader_of(scope, given.get("pass"))
                cookie = _cookie(scope, given.get("pass", ""))
                return Answer(ulogger.GOOD, JSON, headers=[(b"set-cookie", cookie)])
            return await self._action(await reader_of(scope, cookie_of(scope)), given)
        except Unauthenticated as error:
            return Answer(ulogger.bad(str(error)), JSON, 401)

    async def _action(self, reader: Reader, given: dict[str, str]) -> Answer:
        action = given.get("action")
        if action == "addtrack":
            return _track(reader, given)
        if action == "addpos":
            return await self._position(reader, given)
        return Answer(ulogger.bad(f"action must be one of {', '.join(ulogger.ACTIONS)}"))

    async def _position(self, reader: Reader, given: dict[str, str]) -> Answer:
        missing = ulogger.missing(given)
        if missing:
            return Answer(ulogger.bad(f"missing required parameter: {', '.join(missing)}"))
        device = await self.desk.device(reader, self.protocol, None)
        try:
            parsed = ulogger.parse(given)
        except InvalidInput as wrong:
            # Told that it is wrong, the app would send it for ever, and nothing after it.
            parsed = Parsed(None, skipped=wrong.problems)
        if (await self._take(device, parsed)).waiting:
            return Answer(ulogger.bad(f"this device {WAITS}"))
        return Answer(ulogger.GOOD)


def _track(reader: Reader, given: dict[str, str]) -> Answer:
    try:
        return Answer(ulogger.good(ulogger.track(reader.username, given)))
    except InvalidInput as wrong:
        return Answer(ulogger.bad(wrong.problems[0].reason))


def _cookie(scope: Scope, token: str) -> bytes:
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"ulogger={token}; Path=/api/fixes/ulogger; HttpOnly; SameSite=Strict{secure}".encode("latin-1")


def _check_no_rest(rest: str) -> None:
    if rest:
        raise NotFound("there is nothing at this address")
