"""Every route that shows rows, and the probe that looks through it."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.leaks.accounts import (
    account,
    accounts,
    audit,
    audit_export,
    foreign_key,
    in_clear,
    masked,
    me,
    workers,
)
from tests.api.leaks.alarms import ALARMS
from tests.api.leaks.alike import row_of
from tests.api.leaks.archive import ARCHIVE
from tests.api.leaks.attendance import ATTENDANCE
from tests.api.leaks.components import COMPONENTS
from tests.api.leaks.cries import CRIES
from tests.api.leaks.devices import DEVICES
from tests.api.leaks.dispatch import DISPATCH
from tests.api.leaks.downlinks import DOWNLINKS
from tests.api.leaks.events import EVENTS
from tests.api.leaks.exchange import EXCHANGE, MESSAGES
from tests.api.leaks.eyes import Eyes
from tests.api.leaks.features import (
    catalogue_records,
    change_legend,
    collection,
    collections,
    item,
    items,
    ogc_openapi,
    own_style,
    queryables,
    schema,
    sortables,
    style,
    styles,
    transactions,
)
from tests.api.leaks.fences import FENCES
from tests.api.leaks.figures import analyses, figures, tickets
from tests.api.leaks.grids import (
    city,
    crosswalks,
    extent,
    foreign_job,
    jobs,
    locate,
    located,
    portraits,
    record,
    search,
    statistics,
    units,
)
from tests.api.leaks.heat import HEAT
from tests.api.leaks.layers import (
    change_of_service,
    exports,
    foreign_export,
    foreign_import,
    foreign_service,
    grants,
    of_layer,
    replacement,
    service_of_layer,
)
from tests.api.leaks.live import LIVE
from tests.api.leaks.moving import MOVING
from tests.api.leaks.networks import NETWORKS
from tests.api.leaks.partners import PARTNERS
from tests.api.leaks.patrols import PATROLS
from tests.api.leaks.places import PLACES, public_places
from tests.api.leaks.plans import (
    PLAN_VIEWS,
    live_points,
    plan,
    plan_import,
    plan_suggestions,
    plan_units,
    plans,
    quarrel_map,
)
from tests.api.leaks.playback import PLAYBACK
from tests.api.leaks.sensorthings import SENSORTHINGS
from tests.api.leaks.tasks import TASKS
from tests.api.leaks.tiles import (
    analysis_tiles,
    dataset_tileset,
    ogc_tile,
    plain_tiles,
    rasters,
    tiles,
    tilesets,
)
from tests.api.leaks.tracks import TRACKS

PROBES: dict[str, Callable[[Eyes], None]] = {
    **EXCHANGE,
    **MESSAGES,
    **PARTNERS,
    **COMPONENTS,
    **PLACES,
    **EVENTS,
    **DISPATCH,
    **DEVICES,
    **DOWNLINKS,
    **HEAT,
    **TRACKS,
    **LIVE,
    **PLAYBACK,
    **ARCHIVE,
    **MOVING,
    **PATROLS,
    **FENCES,
    **NETWORKS,
    **SENSORTHINGS,
    **ALARMS,
    **ATTENDANCE,
    **CRIES,
    **TASKS,
    "GET /api/plans": plans,
    "GET /api/plans/{identifier}/suggestions": plan_suggestions,
    "GET /api/plans/points": live_points,
    "GET /api/grids/quarrels": quarrel_map,
    "GET /api/plans/{identifier}": plan("GET", "/api/plans/{}"),
    "PATCH /api/plans/{identifier}": plan("PATCH", "/api/plans/{}", {"title": "x"}),
    "DELETE /api/plans/{identifier}": plan("DELETE", "/api/plans/{}"),
    **{
        f"GET /api/plans/{{identifier}}/{what.partition('?')[0]}": plan_units
        if what.startswith("units")
        else plan("GET", f"/api/plans/{{}}/{what}")
        for what in PLAN_VIEWS
    },
    **{
        f"POST /api/plans/{{identifier}}/{what}": plan("POST", f"/api/plans/{{}}/{what}", {})
        for what in (
            "undo",
            "redo",
            "rebase",
            "submit",
            "approve",
            "return",
            "withdraw",
            "publish",
            "counter",
        )
    },
    "POST /api/plans/{identifier}/operations": plan("POST", "/api/plans/{}/operations", {"op": "undo"}),
    "POST /api/plans/{identifier}/comments": plan("POST", "/api/plans/{}/comments", {"text": "x"}),
    "POST /api/plans/{identifier}/waivers": plan(
        "POST", "/api/plans/{}/waivers", {"issue": "gap:1", "reason": "test"}
    ),
    "GET /api/plans/{identifier}/imports": plan("GET", "/api/plans/{}/imports"),
    "POST /api/plans/{identifier}/imports": plan("POST", "/api/plans/{}/imports", {}),
    "GET /api/plans/{identifier}/imports/{number}": plan_import("GET"),
    "DELETE /api/plans/{identifier}/imports/{number}": plan_import("DELETE"),
    "POST /api/plans/{identifier}/micro-grids": plan(
        "POST", "/api/plans/{}/micro-grids", {"units": ["990101001001001"]}
    ),
    "DELETE /api/plans/{identifier}/waivers/{issue}": plan("DELETE", "/api/plans/{}/waivers/gap:1"),
    "/ogc/collections": collections,
    "/ogc/collections/{collection}": collection,
    "/ogc/collections/{collection}/queryables": queryables,
    "/ogc/collections/{collection}/sortables": sortables,
    "/ogc/collections/{collection}/schema": schema,
    "/ogc/collections/{collection}/items": items,
    "/ogc/collections/{collection}/items/{item}": item,
    "/ogc/transactions": transactions,
    "/ogc/openapi": ogc_openapi,
    "/ogc/styles": styles,
    "/ogc/styles/{style}": style("/ogc/styles/{}"),
    "/ogc/styles/{style}/metadata": style("/ogc/styles/{}/metadata"),
    "/ogc/styles/{style}/{sprite}": style("/ogc/styles/{}/sprite.json"),
    "/ogc/collections/{collection}/styles": style("/ogc/collections/{}/styles"),
    "/ogc/collections/{collection}/styles/{style}": own_style,
    "/ogc/collections/{collection}/legend": style("/ogc/collections/{}/legend"),
    "/ogc/qgis/{file}": style("/ogc/qgis/{}.qlr"),
    "GET /api/layers/{name}/style.json": style("/api/layers/{}/style.json"),
    "GET /api/layers/{name}/legend": style("/api/layers/{}/legend"),
    "PUT /api/layers/{name}/legend": change_legend("PUT", json={"classes": []}),
    "DELETE /api/layers/{name}/legend": change_legend("DELETE"),
    "/tiles/": plain_tiles,
    "/tiles/analysis/": analysis_tiles,
    "/ogc/collections/{collection}/tiles": tilesets("/ogc/collections/{}/tiles"),
    "/ogc/collections/{collection}/tiles/{tileMatrixSetId}": tilesets(
        "/ogc/collections/{}/tiles/WebMercatorQuad"
    ),
    "/ogc/collections/{collection}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": tiles(
        ogc_tile("WebMercatorQuad"), ogc_tile("WorldCRS84Quad"), ogc_tile("CGCS2000Quad")
    ),
    "/ogc/tiles/{tileMatrixSetId}": dataset_tileset,
    "/ogc/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": tiles(
        ogc_tile("WorldCRS84Quad", dataset=True)
    ),
    "/api/grids/locate": locate,
    "GET /api/city": city,
    "GET /api/grids/units": units,
    "GET /api/grids/units/{code}": portraits,
    "GET /api/grids/crosswalk": crosswalks,
    "GET /api/grids/statistics": statistics,
    "GET /api/figures/events": figures,
    "GET /api/figures/events/tickets": tickets,
    "GET /api/analysis/{name}": analyses,
    "GET /api/layers/{name}/extent": extent,
    "GET /api/search": search,
    "GET /api/events/{identifier}": record("events"),
    "GET /api/places/{identifier}": record("places"),
    "GET /api/components/{identifier}": record("components"),
    "GET /api/workers": workers,
    "GET /api/workers/{identifier}": masked("worker", "/api/workers/{}", "id"),
    "GET /api/events/{identifier}/reporter": masked("reporter", "/api/events/{}/reporter", "event_id"),
    "POST /api/workers/{identifier}/reveal": in_clear("worker", "/api/workers/{}/reveal", "id"),
    "POST /api/events/{identifier}/reporter/reveal": in_clear(
        "reporter", "/api/events/{}/reporter/reveal", "event_id"
    ),
    "GET /api/accounts": accounts,
    "GET /api/accounts/{identifier}": account("GET", "/api/accounts/{}"),
    "PATCH /api/accounts/{identifier}": account("PATCH", "/api/accounts/{}", json={"display_name": "x"}),
    "POST /api/accounts/{identifier}/password": account("POST", "/api/accounts/{}/password"),
    "GET /api/accounts/{identifier}/keys": account("GET", "/api/accounts/{}/keys"),
    "POST /api/accounts/{identifier}/keys": account(
        "POST", "/api/accounts/{}/keys", json={"name": "x", "days": 1}
    ),
    "DELETE /api/accounts/{identifier}/keys/{key}": account("DELETE", "/api/accounts/{}/keys/1"),
    "GET /api/me": me,
    "DELETE /api/me/keys/{identifier}": foreign_key,
    "GET /api/layers/{name}/grants": grants,
    "GET /api/exports": exports,
    "GET /api/public/places": public_places,
    "GET /api/addresses/jobs/{identifier}": row_of("address_job", "GET", "/api/addresses/jobs/{}"),
    "GET /api/addresses/jobs/{identifier}/result": row_of(
        "address_job", "GET", "/api/addresses/jobs/{}/result"
    ),
    "GET /api/exports/{identifier}": foreign_export("GET", "/api/exports/{}"),
    "GET /api/exports/{identifier}/file": foreign_export("GET", "/api/exports/{}/file"),
    "DELETE /api/exports/{identifier}": foreign_export("DELETE", "/api/exports/{}"),
    "GET /api/layers/{name}": of_layer("GET", "/api/layers/{}"),
    "PATCH /api/layers/{name}": of_layer("PATCH", "/api/layers/{}", {"title": "x"}),
    "DELETE /api/layers/{name}": of_layer("DELETE", "/api/layers/{}"),
    "PUT /api/layers/{name}/file": replacement,
    "GET /api/layers/{name}/report": of_layer("GET", "/api/layers/{}/report"),
    "GET /api/imports/{identifier}": foreign_import,
    "GET /api/external/{identifier}": foreign_service,
    "GET /api/layers/{name}/external": service_of_layer,
    "PATCH /api/layers/{name}/external": change_of_service("PATCH", "/api/layers/{}/external"),
    "POST /api/layers/{name}/external/refresh": change_of_service("POST", "/api/layers/{}/external/refresh"),
    "/rasters/": rasters,
    "/ogc/collections/catalogue/items": catalogue_records,
    "/ogc/collections/catalogue/items/{record}": of_layer("GET", "/ogc/collections/catalogue/items/{}"),
    "/ogc/collections/{collection}/metadata": of_layer("GET", "/ogc/collections/{}/metadata?f=xml"),
    "/ogc/processes/{process}/execution": located,
    "/ogc/jobs": jobs,
    "/ogc/jobs/{job}": foreign_job("/ogc/jobs/{}", "GET", "DELETE"),
    "/ogc/jobs/{job}/results": foreign_job("/ogc/jobs/{}/results", "GET"),
    "GET /api/audit": audit,
    "GET /api/audit/export": audit_export,
}
"""Route → how it is looked through."""
