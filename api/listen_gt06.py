"""Trackers of GT06 on their lines: known by their IMEI alone, their fixes kept."""

from __future__ import annotations

import structlog

from api.lines import Line, without_values
from api.listen import House
from spatial.patrols.protocols.fixes import Source
from spatial.patrols.protocols.gt06 import Login, Session, Take
from spatial.patrols.terminals import admission
from spatial.patrols.terminals.admission import Terminal

PROTOCOL = "gt06"

log = structlog.get_logger()


class Gt06Line(Line):
    """A line of one tracker."""

    source = Source.GT06

    def __init__(self, house: House) -> None:
        self.session = Session()
        super().__init__(house, self.session, self.session.most_waiting)

    def go_on(self) -> None:
        """Do what the session asks."""
        while (asked := self.session.next()) is not None:
            if isinstance(asked, Take):
                self._take(asked)
            else:
                self.house.start(self._log_in(asked))
        self.flush()

    def read_by(self, terminal: Terminal) -> None:
        """Read what comes by the profile of the device; without a zone there it is as the login said."""
        super().read_by(terminal)
        if terminal.zone_s is not None:
            self.session.zone_s = terminal.zone_s

    def _take(self, asked: Take) -> None:
        self.not_taken(asked.problems)
        if not asked.fixes:
            self.session.taken(asked)
            return

        def answer(is_kept: bool) -> None:
            self.session.taken(asked, is_kept)
            self.flush()

        self.keep(asked.fixes, answer)

    async def _log_in(self, asked: Login) -> None:
        try:
            terminal = await self.house.ask_for_stranger(
                self.house.authenticating, admission.recognise, PROTOCOL, asked.imei
            )
        except Exception as error:
            log.error(
                "a tracker could not be looked for", terminal=asked.imei, traceback=without_values(error)
            )
            self.close("database away")
            return
        self.let_in(terminal)
        self.session.logged_in(asked, terminal is not None)
        if terminal is None:
            log.warning("tracker not let in", terminal=asked.imei, address=self.address)
            self.close("not let in")
            return
        self.go_on()
