"""What the platform writes by itself into a feature that is sent, and what QGIS really sends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.api.ogc.workshop import (
    COMPONENTS,
    DRAINS,
    LOCAL,
    PLACES,
    PLOTS,
    STREET,
    Workshop,
    line,
    made,
    place,
    polygon,
    problem_of,
)
from tests.spatial.rights.town import GRIDS, middle

# What the platform writes by itself


def test_a_drawn_component_gets_the_next_code_of_its_county_and_kind(workshop: Workshop) -> None:
    def component(**properties: Any) -> dict[str, Any]:
        return {
            **place(),
            "properties": {"class_code": "01002", "name": "c", "state": "intact", **properties},
        }

    first = workshop.ask("POST", COMPONENTS, component()).json()["properties"]
    second = workshop.ask("POST", COMPONENTS, component(code=None), who=STREET).json()["properties"]
    assert (first["code"], second["code"]) == ("99010101002000001", "99010101002000002")
    assert (first["source"], first["generated"], first["unit_code"]) == ("manual", False, GRIDS[0])
    wrong = workshop.ask("POST", COMPONENTS, component(code="99010101001000001"))
    assert list(problem_of(wrong)) == ["properties.code"]
    taken = workshop.ask("POST", COMPONENTS, component(code=first["code"]))
    assert taken.status_code == 409
    outside = component()
    outside["geometry"]["coordinates"] = [120.0, 30.0]
    assert list(problem_of(workshop.ask("POST", COMPONENTS, outside))) == ["properties.code"]
    assert problem_of(workshop.ask("POST", COMPONENTS, component(class_code="99999"))) == {
        "properties.class_code": "names something that does not exist"
    }


def test_a_component_of_another_kind_gets_another_code(workshop: Workshop) -> None:
    feature = {**place(), "properties": {"class_code": "01003", "name": "c", "state": "intact"}}
    address, _ = made(workshop, feature, COMPONENTS)
    only_kind = workshop.ask("PATCH", address, {"properties": {"class_code": "01004"}})
    assert list(problem_of(only_kind)) == ["properties.code"]
    both = workshop.ask("PATCH", address, {"properties": {"class_code": "01004", "code": None}})
    assert both.json()["properties"]["code"] == "99010101004000001"
    same = workshop.ask(
        "PUT", address, {**feature, "properties": {**feature["properties"], "class_code": "01004"}}
    )
    assert same.json()["properties"]["code"] == "99010101004000001"


def test_codes_drawn_at_once_differ(workshop: Workshop) -> None:
    feature = {**place(), "properties": {"class_code": "01005", "name": "c", "state": "intact"}}
    with ThreadPoolExecutor(6) as drawers:
        answers = list(drawers.map(lambda _: workshop.ask("POST", COMPONENTS, feature), range(18)))
    codes = sorted(answer.json()["properties"]["code"] for answer in answers)
    assert codes == [f"99010101005{number:06d}" for number in range(1, 19)]


def test_a_moved_place_is_stamped_anew(workshop: Workshop) -> None:
    address, _ = made(workshop, place(at=middle(GRIDS[0])))
    for grid in (GRIDS[3], GRIDS[6]):
        moved = {"geometry": {"type": "Point", "coordinates": list(middle(grid))}}
        assert workshop.ask("PATCH", address, moved).json()["properties"]["unit_code"] == grid
    away = {"geometry": {"type": "Point", "coordinates": [0, 0]}}
    assert workshop.ask("PATCH", address, away).json()["properties"]["unit_code"] is None


def test_a_default_of_the_table_fills_what_is_left_open(workshop: Workshop) -> None:
    address, _ = made(workshop, polygon(), PLOTS)
    properties = workshop.ask("GET", address).json()["properties"]
    assert (properties["note"], properties["listed"]) == ("none", False)
    replaced = workshop.ask("PUT", address, polygon(note="x")).json()["properties"]
    assert (replaced["note"], replaced["listed"]) == ("x", False)
    assert workshop.ask("PATCH", address, {"properties": {"note": None}}).json()["properties"]["note"] is None


# What QGIS sends


def as_qgis(feature: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Write a feature as QgsJsonExporter does: all attributes, read-only ones too; the id as a number."""
    written = {"type": "Feature", "properties": dict(feature["properties"]), "geometry": feature["geometry"]}
    return written if key is None else {**written, "id": int(key)}


def test_qgis_creates_with_a_null_for_everything_that_nobody_filled_in(workshop: Workshop) -> None:
    names = ("id", "name_en", "address", "unit_code", "source", "generated")
    answer = workshop.ask("POST", PLACES, as_qgis(place(**dict.fromkeys(names))))
    assert answer.status_code == 201
    assert answer.json()["properties"]["source"] == "manual"


def test_qgis_puts_everything_back(workshop: Workshop) -> None:
    """Without PATCH, QGIS 3.32+ sends whole features: read-only values as it got them, the id as a number."""
    address, _ = made(workshop)
    key = address.rpartition("/")[2]
    feature = workshop.ask("GET", address).json()
    feature["properties"]["name"] = "renamed in QGIS"
    feature["geometry"]["coordinates"] = [round(each, 6) for each in middle(GRIDS[1])]
    answer = workshop.ask("PUT", address, as_qgis(feature, key))
    assert answer.status_code == 200
    assert answer.json()["properties"]["unit_code"] == GRIDS[1]
    changed = as_qgis(answer.json(), key)
    changed["properties"]["unit_code"] = GRIDS[0]
    refused = workshop.ask("PUT", address, changed)
    assert problem_of(refused) == {"properties.unit_code": "is written by the platform and cannot be changed"}


def test_qgis_patches_attributes_and_geometry_apart(workshop: Workshop) -> None:
    """In the layer's own system, without angle brackets, northing first."""
    address, _ = made(workshop, line("Q1", (116.3, 39.9), (116.31, 39.9)), DRAINS)
    assert workshop.ask("PATCH", address, {"properties": {"name": "from QGIS"}}).status_code == 200
    geometry = {"coordinates": [[4420000.125, 440000.5], [4420010.0, 440010.0]], "type": "LineString"}
    assert workshop.ask("PATCH", address, {"geometry": geometry}, content_crs=LOCAL).status_code == 200
    stored = workshop.run("SELECT ST_AsText(geom), name FROM published.drains WHERE code = 'Q1'")
    assert stored == [("LINESTRING(440000.5 4420000.125,440010 4420010)", "from QGIS")]


def test_moments_come_back_as_qgis_keeps_them(workshop: Workshop) -> None:
    """Milliseconds at best, and without an offset what was picked from a calendar: the city's time."""
    address, _ = made(workshop, polygon(seen_at="2026-01-31T08:00:00"), PLOTS)
    assert workshop.ask("GET", address).json()["properties"]["seen_at"].startswith("2026-01-31T00:00:00")
    assert (
        workshop.ask(
            "PATCH", address, {"properties": {"seen_at": "2026-01-31T08:00:00.123456+08:00"}}
        ).status_code
        == 200
    )
