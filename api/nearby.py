"""What is near (周边力量扫描): people, vehicles, things around a point or in an area."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from api.city import City
from api.dependencies import CityOf, ConnectionOf
from api.drawn import area_in, point_in
from api.me import not_kept
from api.schemas.nearby import NearbyArea, NearbyQuery
from layers import nearby
from spatial.streets.streets import Roads

router = APIRouter(tags=["resources"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]


@router.get("/api/nearby")
def near(connection: ConnectionOf, city: CityOf, asked: Annotated[NearbyQuery, Query()]) -> Json:
    """Scan the forces around a point (周边力量扫描): in the order of the way, what you may see."""
    point = point_in(asked.lon, asked.lat, asked.datum)
    assert point is not None
    found = nearby.around(
        connection, point, asked.radius_m, kinds_of(asked.kinds), asked.limit, asked.on_duty,
        roads_of(city, asked.by),
    )  # fmt: skip
    return {"lon": point.lon, "lat": point.lat, "radius_m": asked.radius_m, **asdict(found)}


@router.post("/api/nearby")
def within(connection: ConnectionOf, city: CityOf, sent: NearbyArea) -> Json:
    """Scan the forces in a drawn area, in the order of the way from a point."""
    area = area_in(sent.area, sent.datum)
    point = point_in(sent.lon, sent.lat, sent.datum) or nearby.middle(area)
    found = nearby.within(
        connection, area, point, kinds_of(sent.kinds), sent.limit, sent.on_duty, roads_of(city, sent.by)
    )
    return {"lon": point.lon, "lat": point.lat, **asdict(found)}


def kinds_of(text: str | None) -> list[str]:
    """Read kinds that stand between commas; all of them when none are named."""
    return text.split(",") if text else list(nearby.KINDS)


def roads_of(city: City, by: str) -> Roads | None:
    """Give the streets of the city where the order is to be by them."""
    return city.streets.roads() if by == "streets" else None
