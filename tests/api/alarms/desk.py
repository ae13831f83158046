"""Makes rules, sends values and sees to alarms, and does what the job process does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from api.alarm_jobs import AlarmWatcher
from tests.api.planning import Json, Office
from tests.api.sensorthings.station import post, stream, thing
from tests.api.working import opened, work_off
from tests.lifeline.alarms.kept.plant import pressure

RULES, ALARMS = "/api/lifeline/alarm-rules", "/api/lifeline/alarms"


def rule_of(*channels: int, name: str = "high", conditions: Json | None = None, **more: Any) -> Json:
    """Write the body of a rule."""
    return {
        "name": name, "legal_basis": "DB34/T 4021-2021 5.2", "rule": conditions or pressure(3, 1),
        "datastreams": list(channels), "transport_s": 0, **more,
    }  # fmt: skip


class Desk:
    """What the people of the waterworks do."""

    def __init__(self, office: Office, app_url: str) -> None:
        self.office, self._url = office, app_url

    def channel(self, name: str, **more: Any) -> int:
        """Set up a station with one channel; gives the channel's number."""
        made = post(self.office, "Things", thing(name, stream(f"{name} p"), **more))
        found = self.office["chief"].get(f"/sensorthings/v1.1/Things({made['@iot.id']})/Datastreams")
        return int(found["value"][0]["@iot.id"])

    def rule(self, *channels: int, **more: Any) -> Json:
        """Make a rule that is good, and let it be applied."""
        made = self.office["chief"].ask("POST", RULES, json=rule_of(*channels, **more))
        assert made.status_code == 201, made.text
        self.work()
        return dict(made.json())

    def send(self, channel: int, *values: float) -> None:
        """Send values of just now, a millisecond apart."""
        now = datetime.now(UTC)
        for place, value in enumerate(values):
            at = now + timedelta(milliseconds=place)
            body = {"phenomenonTime": at.isoformat(), "result": value, "Datastream": {"@iot.id": channel}}
            post(self.office, "Observations", body)

    def work(self) -> int:
        """Do what the job process does, until nothing waits."""
        with opened(self._url) as database:
            return work_off(AlarmWatcher(self._url), database)

    def idle(self) -> None:
        """Do what the job process does when nothing waits."""
        with opened(self._url) as database:
            AlarmWatcher(self._url).idle(database)

    def raised(self, name: str, *values: float, **more: Any) -> Json:
        """Raise an alarm at a station of its own; values: 70 kPa unless told."""
        channel = self.channel(name)
        rule = self.rule(channel, name=name, **more)
        self.send(channel, *(values or (70.0,)))
        self.work()
        (alarm,) = self.listed(rule=rule["id"])
        return alarm

    def listed(self, who: str = "chief", **asked: Any) -> list[Json]:
        """List alarms."""
        return list(self.office[who].get(ALARMS, params=asked)["alarms"])

    def act(
        self, alarm: Json, verb: str, who: str = "chief", *, tag: Any = None, **body: Any
    ) -> httpx.Response:
        """Do something to an alarm."""
        headers = {} if tag is None else {"If-Match": f'"{tag}"'}
        return self.office[who].ask("POST", f"{ALARMS}/{alarm['id']}/{verb}", json=body, headers=headers)
