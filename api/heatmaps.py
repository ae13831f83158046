"""Heat maps (热力图) of patrols and of events: figures by cell, hexagons, rasters."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import orjson
import shapely
from fastapi import APIRouter, Query, Response
from psycopg import Connection

from api.city import City
from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.schemas.heatmaps import EventHeatQuery, PatrolHeatQuery
from spatial.errors import InvalidInput
from spatial.geometry.hexagons import Hexagons
from spatial.patrols.days import ZONE
from spatial.patrols.heat import asking, pictures
from spatial.patrols.heat import cells as lattice
from spatial.patrols.heat.figures import Figures, of_events, of_patrols
from spatial.patrols.heat.hexagons import hexes
from spatial.rights.reader import Reader

router = APIRouter(tags=["heat"])

Json = dict[str, Any]
MOST_CELLS = 200_000
"""Of one answer in JSON."""
_NOT_KEPT = {"cache-control": "private, no-cache"}


@router.get("/api/heatmaps/patrols")
def patrols(
    city: CityOf, connection: ConnectionOf, reader: ReaderOf, asked: Annotated[PatrolHeatQuery, Query()]
) -> Response:
    """Tell how long somebody was in each cell, over any span, of whomever the reader may know of."""
    figures = patrol_figures(city, connection, reader, asked)
    expected = _expected(city, connection, reader, asked, figures)
    return _answer(figures, asked, expected)


@router.get("/api/heatmaps/events")
def events(connection: ConnectionOf, _: ReaderOf, asked: Annotated[EventHeatQuery, Query()]) -> Response:
    """Count events by cell, over any span."""
    return _answer(of_events(connection, asked.question(asked.level, asked.box)), asked)


def patrol_figures(
    city: City, connection: Connection[Any], reader: Reader, asked: PatrolHeatQuery
) -> Figures:
    """Ask for the heat of patrols as far as the reader may know."""
    question = asked.question(asked.level, asked.box)
    return of_patrols(asking.ask(connection, reader, question, city.settings.heat_people))


def _expected(
    city: City, connection: Connection[Any], reader: Reader, asked: PatrolHeatQuery, figures: Figures
) -> tuple[Any, Any] | None:
    """Give the cells of the span that is compared with, and the seconds to be expected from it."""
    if asked.against is None:
        return None
    if asked.form not in ("json", "geojson"):
        raise InvalidInput.at("form", "is json or geojson where something is compared")
    question = asked.question(asked.level, asked.box)
    question = replace(question, since=asked.against[0], until=asked.against[1])
    found = of_patrols(asking.ask(connection, reader, question, city.settings.heat_people))
    return found.cells, found.values * (figures.days / found.days if found.days else 0.0)


def _answer(figures: Figures, asked: Any, expected: tuple[Any, Any] | None = None) -> Response:
    if asked.form == "tiff":
        return Response(pictures.geotiff(figures.picture), media_type="image/tiff", headers=_NOT_KEPT)
    if asked.form == "png":
        return Response(pictures.png(figures.picture), media_type="image/png", headers=_NOT_KEPT)
    if asked.form == "h3":
        return _sent(
            {**_facts(figures), "resolution": asked.hexagons, "cells": _hexagons(figures, asked.hexagons)}
        )
    cells, columns = _columns(figures, expected)
    if len(cells) > MOST_CELLS:
        reason = f"is too fine: more than {MOST_CELLS:,} cells would be the answer; form=tiff takes more"
        raise InvalidInput.at("resolution", reason)
    if asked.form == "geojson":
        return _sent(_features(figures, cells, columns), "application/geo+json")
    lon, lat = lattice.middles(figures.level, cells)
    places = {"lon": np.round(lon, 7), "lat": np.round(lat, 7)}
    return _sent({**_facts(figures), "cells": {**places, **columns}})


def _facts(figures: Figures) -> Json:
    """Say what was counted and how to read it."""
    latitude = (
        float(np.median(lattice.middles(figures.level, figures.cells)[1])) if len(figures.cells) else 0.0
    )
    told = figures.least_people
    return {
        "from": figures.since.astimezone(ZONE),
        "to": figures.until.astimezone(ZONE),
        "days": figures.days,
        "level": figures.level,
        "cell_m": round(lattice.side_m(figures.level, latitude), 2),
        "total": float(figures.values.sum()),
        "complete": told is None,
        "least_people": told,
        "legend": figures.legend.written(),
    }


def _columns(figures: Figures, expected: tuple[Any, Any] | None) -> tuple[Any, Json]:
    """Give the cells of the answer, and their figures; with what was expected also those where nobody was."""
    if expected is None:
        rates = figures.rates
        return figures.cells, {
            "value": figures.values, "rate": np.round(rates, 3), "class": figures.legend.classes(rates),
        }  # fmt: skip
    cells = np.union1d(figures.cells, expected[0])
    values, wanted = np.zeros(len(cells)), np.zeros(len(cells))
    counts = np.zeros(len(cells), np.int64)
    values[np.searchsorted(cells, figures.cells)] = figures.values
    counts[np.searchsorted(cells, figures.cells)] = figures.counts
    wanted[np.searchsorted(cells, expected[0])] = expected[1]
    rates = figures.rates_on(counts, lattice.cell_areas_m2(figures.level, cells))
    share = [round(got / due, 4) if due else None for got, due in zip(values, wanted, strict=True)]
    return cells, {
        "value": values, "rate": np.round(rates, 3), "class": figures.legend.classes(rates),
        "expected": np.round(wanted, 3), "share": share,
    }  # fmt: skip


def _hexagons(figures: Figures, resolution: int) -> Json:
    found = hexes(resolution, figures.level, figures.cells, figures.counts)
    rates = figures.rates_on(found.sums, found.areas_m2)
    scale = figures.values.sum() / figures.counts.sum() if len(figures.counts) else 1.0
    return {
        "h3": Hexagons(resolution).names(found.keys),
        "value": found.sums * scale,
        "rate": np.round(rates, 3),
        "class": figures.legend.classes(rates),
    }


def _features(figures: Figures, cells: Any, columns: Json) -> Json:
    column, row = lattice.columns_rows(cells)
    west, north = lattice.edges(figures.level, column, row)
    east, south = lattice.edges(figures.level, column + 1, row + 1)
    shapes = shapely.to_geojson(shapely.box(*(np.round(each, 9) for each in (west, south, east, north))))
    rows = zip(*(list(each) for each in columns.values()), strict=True)
    features = [
        {
            "type": "Feature",
            "geometry": orjson.Fragment(shape),
            "properties": dict(zip(columns, row, strict=True)),
        }
        for shape, row in zip(shapes.tolist(), rows, strict=True)
    ]
    return {"type": "FeatureCollection", **_facts(figures), "features": features}


def _sent(body: Json, media_type: str = "application/json") -> Response:
    content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, media_type=media_type, headers=_NOT_KEPT)
