"""Fixtures of the tests that ask through HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.town_hall import CITY_ADMINISTRATOR, STREET_ADMINISTRATOR, Hall, open_hall
from tests.spatial.rights.town import build


@pytest.fixture(scope="session")
def hall(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Hall]:
    """Two workers over one small town of their own."""
    with make_city(build) as url:
        # A copy: a test takes the key away for a moment, and other workers go on with the run's.
        own = Path(shutil.copy(master_key, tmp_path_factory.mktemp("keys") / "master"))
        with open_hall(url, as_app(url), tmp_path_factory.mktemp, own) as opened:
            yield opened


@pytest.fixture
def chief(hall: Hall) -> httpx.Client:
    """An administrator of the whole city."""
    return hall.person("chief", **CITY_ADMINISTRATOR)


@pytest.fixture
def street(hall: Hall) -> httpx.Client:
    """The administrator of one street, of no organisation."""
    return hall.person("street", **STREET_ADMINISTRATOR)
