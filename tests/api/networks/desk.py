"""Sends files of networks, and does what the job process does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.network_jobs import NetworkImporter
from tests.api.planning import Json, Office
from tests.api.working import opened, work_off

NETWORKS = "/api/lifeline/networks"
IMPORTS = f"{NETWORKS}/imports"


class Desk:
    """Sends files, and does what the job process does."""

    def __init__(self, office: Office, app_url: str, home: Path) -> None:
        self.office, self._url, self._home = office, app_url, home

    def send(self, body: bytes, who: str = "chief", **said: Any) -> Any:
        """Send a file as it is."""
        return self.office[who].ask("POST", NETWORKS, content=body, params={"wait": 0, **said})

    def work(self) -> int:
        """Work off what waits."""
        with opened(self._url) as database:
            return work_off(NetworkImporter(self._url, self._home), database)

    def brought(self, body: bytes, **said: Any) -> Json:
        """Send a file, let it be read, and see what became of it."""
        answer = self.send(body, **said)
        assert answer.status_code == 202, answer.text
        self.work()
        return self.seen(answer.json()["id"])

    def seen(self, number: int) -> Json:
        """Read an import."""
        return self.office["chief"].get(f"{IMPORTS}/{number}")
