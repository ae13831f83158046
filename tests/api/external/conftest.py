"""A small town that other platforms are connected to: an API in this process, and its job threads."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyogrio.raw
import pytest
import shapely
from starlette.testclient import TestClient

from api.app import create_app
from api.external.worker import ExternalWorker
from spatial.database import connect
from spatial.settings import Secret, Settings
from tests.api.external.peers import Peer, mapserver
from tests.api.town_hall import Hall
from tests.spatial.rights.town import build


@dataclass
class Office:
    """The town's hall, asked in this process."""

    hall: Hall
    settings: Settings
    client: TestClient

    def person(self, username: str, **standing: Any) -> TestClient:
        """Make an account, and a client that is logged in as it."""
        token = self.hall.key(self.hall.account(username, **standing))
        made = TestClient(self.client.app, client=("127.0.0.1", 50_000), raise_server_exceptions=False)
        made.headers["authorization"] = f"Bearer {token}"
        # One portal, and so one event loop, for all.
        made.portal = self.client.portal
        return made


def well(number: int) -> dict[str, Any]:
    return {"no": f"{number:04}", "depth": number + 0.5, "name": f"井 {number}"}


def write_wells(path: Path, numbers: range, layer: str = "wells", **options: Any) -> Path:
    """Write wells along a line in the west of the town; their numbers have leading zeros."""
    points = shapely.points([(116.3 + each / 1_000, 39.95) for each in numbers])
    columns = [well(each) for each in numbers]
    fields = list(well(0))
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb(points),
        [np.array([each[name] for each in columns]) for name in fields],
        fields,
        geometry_type="Point",
        crs="EPSG:4326",
        layer=layer,
        **options,
    )
    return path


def write_ground(path: Path) -> None:
    """Write an area of which the north-western corner is known."""
    ground = shapely.to_wkb([shapely.box(116.2, 39.8, 116.4, 40.0)])
    pyogrio.raw.write(
        str(path),
        np.array(ground),
        [np.array(["x"])],
        ["name"],
        geometry_type="Polygon",
        crs="EPSG:4326",
        layer="ground",
        append=True,
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A GeoPackage that peers serve."""
    path = write_wells(tmp_path / "peer.gpkg", range(5))
    write_ground(path)
    return path


@pytest.fixture
def maps(tmp_path: Path, data: Path) -> Iterator[Peer]:
    with mapserver(tmp_path, data) as peer:
        yield peer


@pytest.fixture(scope="module")
def office(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Office]:
    with make_city(build) as url:
        folder = tmp_path_factory.mktemp("office")
        own = Path(shutil.copy(master_key, folder / "master"))
        settings = Settings(
            home=folder,
            database_url=Secret(url),
            app_database_url=Secret(as_app(url)),
            master_key_file=own,
            external_networks=(ip_network("127.0.0.0/8"),),
            external_mb=1,
            external_seconds=60,
        )
        app = create_app(settings, as_app(url))
        with ExitStack() as stack:
            client = stack.enter_context(
                TestClient(app, client=("127.0.0.1", 50_000), raise_server_exceptions=False)
            )
            stack.enter_context(ExternalWorker(settings, "harvest"))
            stack.enter_context(ExternalWorker(settings, "proxy"))
            yield Office(Hall(url, ("", ""), own), settings, client)


@pytest.fixture
def clean(office: Office) -> Iterator[None]:
    yield
    with connect(office.hall.url) as owner:
        owner.execute("DELETE FROM layer WHERE schema <> 'city'")
        owner.execute("DELETE FROM external_source")


@pytest.fixture
def analyst(office: Office, clean: None) -> httpx.Client:
    return office.person("ana", role="analyst", reach="city")
