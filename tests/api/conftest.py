"""Fixtures of the tests that ask through HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.planning import Office, open_office
from tests.api.town_hall import CITY_ADMINISTRATOR, STREET_ADMINISTRATOR, Hall, open_hall
from tests.spatial.rights.town import build


@pytest.fixture(scope="session")
def make_hall(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Callable[[], AbstractContextManager[Hall]]:
    """Serve, for a while, a small town of one's own from two workers."""

    @contextmanager
    def make() -> Iterator[Hall]:
        with make_city(build) as url:
            # A copy: a test takes the key away for a moment, and other workers go on with the run's.
            own = Path(shutil.copy(master_key, tmp_path_factory.mktemp("keys") / "master"))
            with open_hall(url, as_app(url), tmp_path_factory.mktemp, own) as opened:
                yield opened

    return make


@pytest.fixture(scope="session")
def hall(make_hall: Callable[[], AbstractContextManager[Hall]]) -> Iterator[Hall]:
    """Two workers over one small town, the same for all files."""
    with make_hall() as opened:
        yield opened


@pytest.fixture(scope="module")
def own_hall(make_hall: Callable[[], AbstractContextManager[Hall]]) -> Iterator[Hall]:
    """Two workers over a town of a file's own: its `hall`, where it changes what others count on."""
    with make_hall() as opened:
        yield opened


@pytest.fixture
def chief(hall: Hall) -> httpx.Client:
    """An administrator of the whole city."""
    return hall.person("chief", **CITY_ADMINISTRATOR)


@pytest.fixture
def street(hall: Hall) -> httpx.Client:
    """The administrator of one street, of no organisation."""
    return hall.person("street", **STREET_ADMINISTRATOR)


@pytest.fixture(scope="module")
def town_url(make_city: Callable[..., Any]) -> Iterator[str]:
    """A small town of a file's own."""
    with make_city(build) as url:
        yield url


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a file's own office."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def office(town_url: str, as_app: Callable[[str], str], home: Path, master_key: Path) -> Iterator[Office]:
    """The town with its people, in this process."""
    with open_office(town_url, as_app(town_url), home, master_key_file=master_key) as opened:
        yield opened
