"""The office of those who see to alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api.alarms.desk import Desk
from tests.api.places.town import open_town
from tests.api.planning import Office


@pytest.fixture(scope="module")
def office(town_url: str, as_app: Callable[[str], str], home: Path) -> Iterator[Office]:
    """The town with its people, and one more utility."""
    with open_town(town_url, as_app(town_url), home) as opened:
        yield opened


@pytest.fixture
def desk(office: Office, town_url: str, as_app: Callable[[str], str]) -> Desk:
    """Give the desk of the town."""
    return Desk(office, as_app(town_url))
