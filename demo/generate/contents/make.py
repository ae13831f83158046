"""Making all tables of the contents, one after another, with a word of progress before each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from demo.generate.contents import (
    addresses,
    areas,
    basemap,
    components,
    duties,
    events,
    fixes,
    organisations,
    population,
    reporters,
    resources,
    special_duties,
)
from demo.generate.contents import people as persons
from demo.generate.contents import places as sites
from demo.generate.contents.city import DISTRICT, City, read_city
from demo.generate.contents.files import texts, write
from demo.generate.contents.hotspots import find_hotspots
from demo.generate.contents.roads import read_streets
from demo.generate.contents.titles import make_gazetteer
from spatial.geometry.rasters import write_geotiff

FILES = (
    "divisions", "organisations", "people", "duties", "special_duties", "fixes",
    "places", "components", "events", "reporters", "addresses", "basemap", "parts", "areas", "resources",
)  # fmt: skip
"""The files in the order they are written."""

RASTER = "population.tif"
"""People and households by cell."""

Table = tuple[str, dict[str, Any], tuple[str, ...]]
"""File name, columns, and which of them are geometry."""


def generate_contents(
    data_dir: Path, out_dir: Path, seed: int, progress: Callable[[str, float], None]
) -> dict[str, int]:
    """Write every table and the raster beside units.parquet and roads.parquet; returns rows by table.

    data_dir: the real data (demo/data). The same seed, data and coverage give the same files. Raises
    FileNotFoundError when the coverage has not been drawn.
    """
    progress("read the drawn city", 0.0)
    city = read_city(data_dir, out_dir, seed)
    counts: dict[str, int] = {}
    for number, (name, columns, geometry) in enumerate(_tables(city), 1):
        counts[name] = write(out_dir, name, columns, geometry)
        progress(f"write {counts[name]:,} {name}", number / len(FILES))
    (out_dir / RASTER).write_bytes(write_geotiff(population.make_population(city)))
    return counts


def _tables(city: City) -> Iterator[Table]:
    yield "divisions", _divisions(city), ()
    spots = sites.make_places(city)
    yield from _who(city, spots)
    yield from _what(city, spots)


def _who(city: City, spots: Any) -> Iterator[Table]:
    """The organisations, people, duty lists and patrols."""
    offices = organisations.make_organisations(city)
    staff = persons.make_people(city, offices)
    special = special_duties.make_special_lines(city, spots, areas.make_areas(city, spots))
    yield "organisations", organisations.columns_of([*offices, *special_duties.offices_of(special)]), ()
    yield "people", {name: staff[name].to_list() for name in staff}, ("geom",)
    yield "duties", duties.make_duties(city, staff), ()
    yield "special_duties", special_duties.columns_of(special), ("area",)
    yield "fixes", fixes.make_fixes(city, staff), ()


def _what(city: City, spots: Any) -> Iterator[Table]:
    """The places, components, events, names and the base map."""
    streets = read_streets(city)
    parts = components.make_components(city, streets)
    keepers = {office.code: office.name for office in organisations.make_organisations(city)}
    yield "places", sites.columns_of(spots), ("geom", "area")
    yield "components", components.columns_of(city, parts, keepers), ("geom",)
    hot = find_hotspots(city, spots, streets)
    happened = events.make_events(city, streets, hot, parts, make_gazetteer(city, streets))
    yield "events", happened, ("geom",)
    yield "reporters", reporters.make_reporters(city, happened["source"]), ()
    yield "addresses", addresses.make_addresses(city, spots), ("geom",)
    yield "basemap", basemap.make_basemap(city), ("geom",)
    yield "parts", areas.make_parts(city), ("geom",)
    yield "areas", areas.make_areas(city, spots), ()
    yield "resources", resources.make_resources(city, spots), ("geom", "area")


LEVEL_OF_DIVISION = {"3": 1, "4": 2, "5": 3}
"""The list counts provinces as level 1; here the district is."""


def _divisions(city: City) -> dict[str, Any]:
    """Take the national division codes of the district with all its streets and communities."""
    table = city.divisions
    table = table[table["code"].str.startswith(DISTRICT)].sort_values("code")
    return {
        "code": table["code"].to_list(),
        "level": [LEVEL_OF_DIVISION[level] for level in table["level"]],
        "name": table["name"].to_list(),
        "parent_code": texts(table["parent"].where(table["code"] != DISTRICT, None)),
    }
