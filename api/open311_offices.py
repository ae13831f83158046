"""Open311 in the job process: offices are handed events, which are followed there.

GeoReport v2 has no way to send a request twice and make it one. So who is about to send says so first; when
the answer is lost, the request is looked for at the office by our number in it, and sent again if it is not
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import structlog
from psycopg import Connection, OperationalError

from api.external.client import Answered
from api.open311_asking import NO_OWNER, ask, reason, said, with_key
from api.queue_worker import LOOK_S, QueueWorker
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, InvalidInput, Unavailable
from spatial.events.dispatch import Dispatchers
from spatial.events.lifecycle import Asked, read_case, step
from spatial.partners.open311 import handing, offices, wire
from spatial.partners.open311.offices import Handover, Office
from spatial.people.readers import find_reader
from spatial.rights.envelope import master_file
from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import DISTRICT
from spatial.settings import Settings

MOST_TRIES = 12
"""How often a request is sent before somebody must look at it."""

log = structlog.get_logger()


class Refused(Exception):
    """The office says that a request cannot be: sent again it would be the same."""


class Unanswerable(Unavailable):
    """The office answers that what was asked cannot be asked, or is not there."""


class Forwarder(QueueWorker[Office]):
    """Hands events to offices and follows them there; only one in the city does."""

    name = "open311-offices"
    room = offices.ROOM
    lock = "office_alone"

    def __init__(self, settings: Settings) -> None:
        super().__init__(app_url_of(settings))
        self._settings = settings
        self._dispatchers: Dispatchers | None = None
        self._worked: set[int] = set()

    def begin(self, connection: Connection[Any]) -> None:
        """What a process that died was sending is in doubt, and will be looked for."""

    def tidy(self, database: Database) -> None:
        """Nothing expires here."""

    def look_s(self, database: Database) -> float:
        """Look again when the next one is due."""
        with session(database, SYSTEM) as connection:
            due = offices.next_s(connection)
        return LOOK_S if due is None else min(LOOK_S, max(0.1, due))

    def claim(self, connection: Connection[Any]) -> Office | None:
        """Take the next office for which there is something to do, each once a round."""
        for office in offices.active(connection):
            if office.id not in self._worked and office.awake:
                self._worked.add(office.id)
                return office
        self._worked.clear()
        return None

    def work(self, database: Database, item: Office) -> None:
        """Send what waits for one office, and see how it stands with what it has."""
        try:
            owner = self._owner(database, item)
            with session(database, SYSTEM) as connection:
                key = offices.key_of(connection, item, master_file(self._settings))
            with session(database, owner) as connection:
                offices.find_new(connection, owner, item)
            try:
                self._send_all(database, owner, item, key)
            finally:
                # One request that it cannot take is no reason to leave alone what it has.
                if item.poll_due:
                    self._follow_all(database, owner, item, key)
        except Exception as error:
            if not isinstance(error, CitygridError):
                log.error("an office could not be asked", office=item.name, exc_info=error)
            with session(database, SYSTEM) as connection:
                offices.note(connection, "office_bad", id=item.id, error=reason(error), retry_s=0)

    def _owner(self, database: Database, office: Office) -> Reader:
        with session(database, SYSTEM) as connection:
            owner = find_reader(connection, office.account_id)
            if owner is not None and owner.role in DISTRICT:
                return owner
            offices.note(connection, "office_pause", id=office.id, why=NO_OWNER)
        raise Unavailable(NO_OWNER)

    def _send_all(self, database: Database, owner: Reader, office: Office, key: str | None) -> None:
        while not self._ending.is_set():
            with session(database, SYSTEM) as connection:
                handover = offices.claim(connection, office)
            if handover is None:
                return
            with self._alone(database, handover):
                self._send(database, owner, office, key, handover)

    @contextmanager
    def _alone(self, database: Database, handover: Handover) -> Iterator[None]:
        """Lay what goes wrong with one handover to it alone: it waits for somebody, and the others go on."""
        try:
            yield
        except (Unavailable, OperationalError):
            raise
        except Exception as error:
            if not isinstance(error, CitygridError):
                log.error("a handover cannot be done", handover=handover.id, exc_info=error)
            self._dead(database, handover, reason(error))

    def _send(
        self, database: Database, owner: Reader, office: Office, key: str | None, handover: Handover
    ) -> None:
        """Send one, or find out what became of it when its answer was lost."""
        if self._is_withdrawn(database, office, handover):
            return
        with session(database, owner) as connection:
            event = offices.event_of(connection, handover.event_id)
        form = handing.request_of(office.options, event) if event else "the owner may not see the event"
        if event is None or isinstance(form, str):
            self._dead(database, handover, str(form))
            return
        try:
            reference, token = self._handed(office, key, handover, event, form)
        except Refused as error:
            self._dead(database, handover, str(error))
        except (Unavailable, InvalidInput) as error:
            self._again(database, handover, error)
            raise Unavailable(error.detail) from None
        else:
            with session(database, SYSTEM) as connection:
                offices.note(connection, "handover_sent", id=handover.id, reference=reference, token=token)
                offices.note(connection, "office_good", id=office.id)
            log.info("handed over", office=office.name, event_id=handover.event_id)

    def _handed(
        self, office: Office, key: str | None, handover: Handover, event: wire.Row,
        form: list[tuple[str, str]],
    ) -> tuple[str | None, str | None]:  # fmt: skip
        if handover.state == "doubtful" and handover.first_try_at is not None:
            service = handing.service_of(office.options, event["category"])
            url = handing.search_address(office.url, office.options, service, handover.first_try_at)
            found = handing.found_in(self._got(url, key).body, event["no"], handover.earlier)
            if found is not None:
                return found, None
        fields = form if key is None else [*form, ("api_key", key)]
        url, body = handing.post_address(office.url, office.options), urlencode(fields).encode()
        answer = ask(self._settings, "POST", url, handing.FORM, body)
        if answer.status not in (200, 201, 202):
            # Of a key that is wrong, or of haste, the request is not to blame; nor of a fault of the office.
            if answer.status in (400, 404, 405, 409, 410, 413, 415, 422):
                raise Refused(said(answer))
            raise Unavailable(said(answer))
        reference, token = handing.answer_of(answer.body)
        return reference, token

    def _got(self, url: str, key: str | None) -> Answered:
        answer = ask(self._settings, "GET", with_key(url, key))
        if answer.status in (400, 404, 414):
            raise Unanswerable(said(answer))
        if answer.status != 200:
            raise Unavailable(said(answer))
        return answer

    def _dead(self, database: Database, handover: Handover, why: str) -> None:
        with session(database, SYSTEM) as connection:
            offices.note(connection, "handover_dead", id=handover.id, error=why[:500])

    def _again(self, database: Database, handover: Handover, error: CitygridError) -> None:
        """Keep it in doubt: it may have arrived. After many tries somebody must look at it."""
        if handover.tries + 1 >= MOST_TRIES:
            self._dead(database, handover, f"given up after {MOST_TRIES} tries: {error.detail}")
            return
        wait_s = min(3600, 15 * 2**handover.tries)
        with session(database, SYSTEM) as connection:
            offices.note(
                connection, "handover_again", id=handover.id, state="doubtful", error=error.detail[:500],
                wait_s=wait_s,
            )  # fmt: skip

    def _is_withdrawn(self, database: Database, office: Office, handover: Handover) -> bool:
        """Withdraw what went on here without the office; tells whether it did."""
        why = handover.gone(office)
        if why is None:
            return False
        with session(database, SYSTEM) as connection:
            offices.note(connection, "handover_done", id=handover.id, state="withdrawn", error=why)
        return True

    def _follow_all(self, database: Database, owner: Reader, office: Office, key: str | None) -> None:
        """See how it stands with all that an office has in its hands."""
        after = 0
        while not self._ending.is_set():
            with session(database, SYSTEM) as connection:
                held = offices.in_hands(connection, office, after, handing.MOST_ASKED)
            if not held:
                break
            after = held[-1].id
            self._follow(database, owner, office, key, held)
        with session(database, SYSTEM) as connection:
            offices.note(connection, "office_polled", id=office.id)
            offices.note(connection, "office_good", id=office.id)

    def _follow(
        self, database: Database, owner: Reader, office: Office, key: str | None, held: list[Handover]
    ) -> None:
        here = [each for each in held if not self._is_withdrawn(database, office, each)]
        left = [self._named(database, office, key, each) for each in here]
        named = {ref: each for ref, each in left if ref is not None}
        if not named:
            return
        try:
            standing = self._standing(office, key, list(named))
        except Unanswerable:
            standing = self._one_by_one(database, office, key, named)
        for reference, row in standing.items():
            if reference in named:
                with self._alone(database, named[reference]):
                    self._stands(database, owner, named[reference], row)

    def _standing(self, office: Office, key: str | None, references: Sequence[str]) -> dict[str, wire.Row]:
        url = handing.ask_address(office.url, office.options, references)
        return handing.standing(self._got(url, key).body)

    def _one_by_one(
        self, database: Database, office: Office, key: str | None, named: dict[str, Handover]
    ) -> dict[str, wire.Row]:
        """Ask after each alone: of many at once, one that the office does not know spoils the answer."""
        standing: dict[str, wire.Row] = {}
        for reference, handover in named.items():
            try:
                standing |= self._standing(office, key, [reference])
            except Unanswerable as error:
                with session(database, SYSTEM) as connection:
                    offices.note(connection, "handover_lost", id=handover.id, error=error.detail[:500])
        return standing

    def _named(
        self, database: Database, office: Office, key: str | None, handover: Handover
    ) -> tuple[str | None, Handover]:
        """Find what the office calls it: the number that stands for a token may come days later."""
        if handover.service_request_id is not None or handover.token is None:
            return handover.service_request_id, handover
        url = handing.token_address(office.url, office.options, handover.token)
        try:
            reference, _ = handing.answer_of(self._got(url, key).body)
        except (Unavailable, InvalidInput):
            return None, handover
        if reference is not None:
            with session(database, SYSTEM) as connection:
                offices.note(connection, "handover_named", id=handover.id, reference=reference)
        return reference, handover

    def _stands(self, database: Database, owner: Reader, handover: Handover, row: wire.Row) -> None:
        """Note how one stands; what is closed there has been handled here."""
        status, notes = handing.status_of(row)
        with session(database, SYSTEM) as connection:
            offices.note(
                connection, "handover_seen", id=handover.id, status=status, notes=notes,
                updated=handing.updated_of(row),
            )  # fmt: skip
        if status != "closed":
            return
        problem = self._handled(database, owner, handover, notes)
        with session(database, SYSTEM) as connection:
            state = "closed" if problem is None else "withdrawn"
            offices.note(connection, "handover_done", id=handover.id, state=state, error=problem or "")

    def _handled(self, database: Database, owner: Reader, handover: Handover, notes: str) -> str | None:
        """Make the step; gives why it could not be made: somebody here was faster."""
        if self._dispatchers is None or self._dispatchers.database is not database:
            self._dispatchers = Dispatchers(database, self._settings.home)
        note = f"{handover.service_request_id or handover.token} closed by the office"
        asked = Asked("handle", f"{note}: {notes}" if notes else note, detail={"handover": handover.id})
        try:
            with session(database, owner) as connection:
                case, _ = read_case(connection, handover.event_id, locked=True)
                if case.organisation_id != handover.organisation_id:
                    return offices.WENT_ON
                step(connection, self._dispatchers, owner, handover.event_id, asked)
        except Unavailable:
            # It is our own fault: asked again, it will be made.
            raise
        except CitygridError as error:
            return error.detail[:500]
        return None
