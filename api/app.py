"""The application: hot doors as raw ASGI beside ordinary FastAPI routes, all behind one middleware."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import Any

from fastapi import Depends, FastAPI

from api import (
    accounts,
    adapters,
    addresses,
    alarm_rules,
    alarms,
    analysis,
    archive,
    assess,
    attendance,
    audit,
    base_maps,
    calls,
    component_surveys,
    components,
    cries,
    devices,
    dispatch,
    dispatch_disputes,
    downlinks,
    duties,
    errors,
    event_attachments,
    event_calendar,
    event_duplicates,
    events,
    exports,
    feed,
    fences,
    figures,
    grants,
    grids,
    health,
    heatmaps,
    inspections,
    layers,
    legends,
    login,
    matters,
    me,
    messages,
    movers,
    nearby,
    networks,
    offices,
    organisations,
    overview,
    pages,
    patrol_plans,
    patrol_results,
    personal,
    place_attachments,
    place_kinds,
    places,
    plan_figures,
    plan_imports,
    plan_micro_grids,
    plan_review,
    plan_streets,
    plan_suggestions,
    plan_tree,
    plans,
    playback,
    public,
    public_matters,
    public_photos,
    resources,
    roll_calls,
    search,
    shifts,
    shut_offs,
    tasks,
    traces,
    tracks,
    webhooks,
    workers,
)
from api.analysis_tiles import PREFIX as ANALYSIS_PREFIX
from api.analysis_tiles import AnalysisTiles
from api.asgi import App, Receive, Scope, Send
from api.city import City
from api.dependencies import known_parameters
from api.external import routes as external
from api.external.rasters import PREFIX as RASTERS_PREFIX
from api.external.rasters import RasterDoor
from api.fixes import PATH as FIXES_PATH
from api.fixes import PREFIX as FIXES_PREFIX
from api.fixes import FixesDoor
from api.heat_tiles import PREFIX as HEAT_PREFIX
from api.heat_tiles import HeatTiles
from api.limits import Limits
from api.live import Listener, Message
from api.live_door import LiveDoor
from api.live_handshake import PATH as LIVE_PATH
from api.locate import PATH as LOCATE_PATH
from api.locate import LocateDoor
from api.ogc.app import OgcApp, ogc_app
from api.oidc import routes as oidc
from api.open311 import PREFIX as OPEN311_PREFIX
from api.open311 import Open311Door
from api.openapi import describe_doors
from api.reader import ReaderMiddleware
from api.sensorthings.door import PATH as SENSORTHINGS_PATH
from api.sensorthings.door import PREFIX as SENSORTHINGS_PREFIX
from api.sensorthings.door import SensorThingsDoor
from api.tiles import PREFIX as TILES_PREFIX
from api.tiles import TileDoor, TileMaker
from lifeline.warm import warm as warm_networks
from spatial.addresses import geocode
from spatial.database import Database
from spatial.patrols.tracks import warm as warm_tracks
from spatial.settings import Settings

VERSION = "0.1.0"


class Doors:
    """Sends a request to the raw door of its path, and everything else to the ordinary routes."""

    def __init__(self, exact: dict[str, App], under: dict[str, App], rest: App) -> None:
        self.exact = exact
        self.under = under
        self.rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.rest
        if scope["type"] in ("http", "websocket"):
            path = scope["path"]
            app = self.exact.get(path) or self._below(path) or self.rest
        await app(scope, receive, send)

    def takes_files(self, path: str) -> bool:
        """Tell whether the door or route of a path was declared to take files."""
        door = self.exact.get(path) or self._below(path)
        if door is not None:
            takes = getattr(door, "takes_files", False)
            return takes(path) if callable(takes) else takes
        return any(pattern.match(path) for pattern in self._file_routes)

    @cached_property
    def _file_routes(self) -> list[re.Pattern[str]]:
        return [*_taking_files(getattr(self.rest, "routes", ()))]

    def _below(self, path: str) -> App | None:
        return next((app for prefix, app in self.under.items() if path.startswith(prefix)), None)


def _taking_files(routes: Iterable[Any]) -> Iterator[re.Pattern[str]]:
    """Find the paths of routes that take files; an included router stands in the list as one thing."""
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        if inner is not None:
            yield from _taking_files(inner.routes)
        elif getattr(getattr(route, "endpoint", None), "takes_files", False):
            yield route.path_regex


def create_app(settings: Settings, url: str) -> App:
    """Make the ASGI application of one process for the database at `url`."""
    city = City(settings, Database(url, settings.pool_size, settings.statement_seconds))
    maker = TileMaker(city.database, city.tiles)
    ogc = ogc_app(city.database, home=settings.home, tiles=maker, assignments=city.assignments)
    rasters = RasterDoor(city.database, settings)
    ogc.bases = city.bases
    tiles = TileDoor(maker, ogc.publication)
    fixes = FixesDoor(city.fix_desk)
    live = LiveDoor(city)
    things = SensorThingsDoor(city)
    ordinary = _ordinary(city, ogc, rasters, live)
    doors = Doors(
        exact={
            LOCATE_PATH: LocateDoor(city),
            FIXES_PATH: fixes,
            LIVE_PATH: live,
            SENSORTHINGS_PATH: things,
            "/ogc": ogc,
        },
        under={
            # Before the tiles of layers: these begin alike.
            ANALYSIS_PREFIX: AnalysisTiles(city, tiles),
            HEAT_PREFIX: HeatTiles(city, tiles),
            TILES_PREFIX: tiles,
            RASTERS_PREFIX: rasters,
            OPEN311_PREFIX: Open311Door(city),
            FIXES_PREFIX: fixes,
            SENSORTHINGS_PREFIX: things,
            "/ogc/": ogc,
        },
        rest=ordinary,
    )
    return Limits(ReaderMiddleware(doors, city), settings, doors.takes_files)


_ROOMS = (
    # First what is asked most: each path is compared with those before it.
    events,
    login,
    oidc,
    me,
    accounts,
    organisations,
    grants,
    grids,
    figures,
    analysis,
    heatmaps,
    archive,
    legends,
    overview,
    matters,
    base_maps,
    search,
    addresses,
    # Before the components: `surveys` is no number of one.
    component_surveys,
    components,
    place_kinds,
    places,
    place_attachments,
    inspections,
    resources,
    nearby,
    duties,
    dispatch,
    dispatch_disputes,
    feed,
    webhooks,
    calls,
    adapters,
    offices,
    event_duplicates,
    event_attachments,
    event_calendar,
    messages,
    public,
    public_photos,
    public_matters,
    personal,
    workers,
    devices,
    downlinks,
    movers,
    tracks,
    playback,
    patrol_plans,
    patrol_results,
    fences,
    networks,
    traces,
    alarm_rules,
    alarms,
    assess,
    shut_offs,
    shifts,
    attendance,
    roll_calls,
    cries,
    tasks,
    audit,
    exports,
    # Before the plans: `points` is no number of a plan.
    plan_figures,
    plans,
    plan_review,
    plan_imports,
    plan_micro_grids,
    plan_suggestions,
    plan_tree,
    plan_streets,
    external,
    layers,
    health,
    pages,
)
"""The route files, in the order in which paths are looked up."""


def _ordinary(city: City, ogc: OgcApp, rasters: RasterDoor, live: LiveDoor) -> FastAPI:
    app = FastAPI(
        title="citygrid",
        version=VERSION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(city, ogc, rasters, live),
        dependencies=[Depends(known_parameters)],
    )
    app.state.city = city
    app.state.base_maps = base_maps.Shelf(city.settings, rasters.pictures)
    app.state.sign_on = oidc.SignOn.of(city.settings)
    errors.install(app)
    for module in _ROOMS:
        app.include_router(module.router)
    city.calls.know(route.path for module in _ROOMS for route in module.router.routes)
    pages.mount_assets(app)
    describe_doors(app)
    return app


def _lifespan(
    city: City, ogc: OgcApp, rasters: RasterDoor, live: LiveDoor
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    def follow(message: Message) -> None:
        city.follow(message)
        if message["kind"] in ("layers", "everything"):
            ogc.look_again()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        city.database.open()
        await asyncio.to_thread(city.refresh)
        city.calls.start()
        threading.Thread(target=ogc.warm, name="warm-ogc", daemon=True).start()
        threading.Thread(target=geocode.warm, name="warm-addresses", daemon=True).start()
        threading.Thread(target=warm_tracks, name="warm-tracks", daemon=True).start()
        threading.Thread(target=warm_networks, name="warm-networks", daemon=True).start()
        threading.Thread(target=city.streets.warm, name="warm-streets", daemon=True).start()
        listener = Listener(city.database.url, follow)
        listener.start()
        ogc.open()
        yield
        await ogc.close()
        listener.stop()
        await asyncio.to_thread(live.stop)
        await rasters.aclose()
        await asyncio.to_thread(city.fixes.stop)
        await asyncio.to_thread(city.calls.stop)
        city.database.close()

    return lifespan
