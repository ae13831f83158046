"""Theme layers: parts of a relation that every reader of a layer sees alike, with the rights of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import mapbox_vector_tile
import psycopg
import pytest

from layers import features
from layers.builtin_themes import GROUPS, INDUSTRIES, sync_themes
from layers.catalogue import Layer, layers
from layers.features import Counts, Selection, page
from layers.legends.colours import GROUND, contrast
from layers.legends.defaults import legend_of, theme_of
from layers.legends.stored import problems_of
from layers.legends.themes import sign
from spatial.database import Database, connect, session
from spatial.database.reference import standard_codes
from spatial.geometry.tile_matrix import WEB_MERCATOR_QUAD
from spatial.rights.reader import SYSTEM, Reader
from spatial.types import BBox
from tests.spatial.rights.town import DISTRICT, GRIDS, STREETS, build, middle
from tiles.counts import counted_source
from tiles.vector import Tile, make_tile

LAMP, BIN = "01037", "03005"
CITY = Reader(1, "v", "v", "viewer")
STREET = Reader(1, "v", "v", "viewer", "area", STREETS[0], (DISTRICT,))


def fill(connection: psycopg.Connection[Any]) -> None:
    """The town with three lamps in each grid, and a bin on the very spot of a lamp."""
    build(connection)
    for number, grid in enumerate(GRIDS * 3):
        for kind in (LAMP, BIN) if number == 0 else (LAMP,):
            lon, lat = middle(grid)
            values = (f"{DISTRICT}{kind}{number + 1:06d}", kind, lon + number * 1e-5, lat, grid)
            connection.execute(
                "INSERT INTO component (code, class_code, name, state, geom, unit_code, source)"
                " VALUES (%s, %s, 'c', 'intact', ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, 'test')",
                values,
            )
    sync_themes(connection)


@pytest.fixture(scope="module")
def town(make_city: Callable[..., Any], as_app: Callable[[str], str]) -> Iterator[tuple[str, Database]]:
    with make_city(fill) as url:
        database = Database(as_app(url), pool_size=3)
        database.open()
        yield url, database
        database.close()


@pytest.fixture(scope="module")
def published(town: tuple[str, Database]) -> dict[str, Layer]:
    with session(town[1], SYSTEM) as connection:
        return layers(connection)


def number(database: Database, reader: Reader, layer: Layer) -> int:
    with session(database, reader) as connection:
        found = page(connection, layer, Selection(limit=2), reader, Counts())
        assert found.matched_is == "exact"
        assert features.count(connection, layer, Selection()) == found.matched
    return found.matched


def test_there_is_a_theme_for_each_class_that_has_features(published: dict[str, Layer]) -> None:
    assert {name for name in published if name.startswith("components_")} == {
        "components_01001", f"components_{LAMP}", f"components_{BIN}",
    }  # fmt: skip
    assert {f"events_{n:02d}" for n in range(1, 11)} <= set(published)
    assert {f"{name}_{of}" for name, _, _, of, _ in INDUSTRIES} <= set(published)
    lamps = published[f"components_{LAMP}"]
    assert (lamps.title, lamps.title_en, lamps.editable) == ("路灯", "Street lamps", False)
    assert theme_of(lamps, "zh") == "城市部件/市政公用设施"
    assert list(published).index("components") < list(published).index(lamps.name)


def test_writing_them_again_changes_nothing(town: tuple[str, Database]) -> None:
    with connect(town[0]) as owner:
        before = owner.execute("SELECT name, published_at FROM layer ORDER BY 1").fetchall()
        assert sync_themes(owner) == 3 + 10 + 1 + len(INDUSTRIES)
        assert owner.execute("SELECT name, published_at FROM layer ORDER BY 1").fetchall() == before


def test_one_more_class_moves_no_other_theme(town: tuple[str, Database]) -> None:
    asked = "SELECT name, position, published_at FROM layer ORDER BY position, name"
    with connect(town[0]) as owner, owner.transaction(force_rollback=True):
        before = owner.execute(asked).fetchall()
        owner.execute(
            "INSERT INTO component (code, class_code, name, state, geom, source)"
            " SELECT '99010101003000001', '01003', 'c', 'intact',"
            " ST_SetSRID(ST_MakePoint(116.3, 39.9), 4326), 't'"
        )
        sync_themes(owner)
        after = owner.execute(asked).fetchall()
        (new,) = {name for name, _, _ in after} - {name for name, _, _ in before}
        assert [row for row in after if row[0] != new] == before
        names = [name for name, _, _ in after]
        assert names.index("components_01001") < names.index(new) < names.index(f"components_{LAMP}")


def test_a_theme_shows_its_part_to_each_as_far_as_they_see(
    town: tuple[str, Database], published: dict[str, Layer]
) -> None:
    for name, city, street in (
        (f"components_{LAMP}", 24, 12), (f"components_{BIN}", 1, 1), ("components_01001", 8, 4),
        ("municipal_components", 32, 16), ("sanitation_components", 1, 1), ("events_01", 8, 4),
        ("events_09", 0, 0),
    ):  # fmt: skip
        assert number(town[1], CITY, published[name]) == city, name
        assert number(town[1], STREET, published[name]) == street, name
    assert number(town[1], CITY, published["components"]) == 33


def test_every_way_to_read_it_asks_for_the_part(
    town: tuple[str, Database], published: dict[str, Layer]
) -> None:
    lamps, bins = published[f"components_{LAMP}"], published[f"components_{BIN}"]
    with session(town[1], CITY) as connection:
        (one,) = features.features(connection, bins, Selection(limit=5))
        identifier = str(one["id"] if isinstance(one, dict) else one.identifier)
        assert features.feature(connection, bins, identifier)
        with pytest.raises(Exception, match="no feature"):
            features.feature(connection, lamps, identifier)
        west, south, east, north = features.extent(connection, bins)
        assert (west, south) == pytest.approx(middle(GRIDS[0])) and (east, north) == (west, south)
        assert features.extent(connection, lamps) != features.extent(connection, bins)
        box = BBox(west - 1e-6, south - 1e-6, east + 1e-6, north + 1e-6)
        both = features.count(connection, published["components"], Selection(bbox=box))
        assert both == 3 and features.count(connection, bins, Selection(bbox=box)) == 1


@pytest.mark.parametrize("zoom", [8, 12, 14, 17])
def test_tiles_hold_the_part_alone(
    town: tuple[str, Database], published: dict[str, Layer], zoom: int
) -> None:
    lon, lat = middle(GRIDS[0])
    x, y = (int(part * 2**zoom) for part in (each[0] for each in WEB_MERCATOR_QUAD.place([lon], [lat])))
    tile = Tile(zoom, x, y)
    bins = published[f"components_{BIN}"]
    with session(town[1], CITY) as connection:
        drawn = mapbox_vector_tile.decode(make_tile(connection, bins, tile))[bins.name]["features"]
    assert len(drawn) == 1
    assert drawn[0]["properties"].get("class_code", BIN) == BIN
    assert drawn[0]["properties"].get("count", 1) == 1
    assert counted_source(bins) is None and counted_source(published["components"]) is not None


def test_what_changes_a_component_changes_its_themes(
    town: tuple[str, Database], published: dict[str, Layer]
) -> None:
    bins, counts = published[f"components_{BIN}"], Counts()

    def counted() -> int:
        with session(town[1], CITY) as connection:
            return page(connection, bins, Selection(limit=1), CITY, counts).matched

    assert counted() == 1 and bins.sources == published["components"].sources
    with connect(town[0]) as owner:
        owner.execute(
            "UPDATE component SET class_code = %s WHERE code = %s", (BIN, f"{DISTRICT}{LAMP}000002")
        )
    assert counted() == 2
    with connect(town[0]) as owner:
        owner.execute(
            "UPDATE component SET class_code = %s WHERE code = %s", (LAMP, f"{DISTRICT}{LAMP}000002")
        )
    assert counted() == 1


def test_the_index_of_the_class_answers_for_an_area_too(
    town: tuple[str, Database], published: dict[str, Layer]
) -> None:
    with connect(town[0], autocommit=True) as owner:
        owner.execute(
            "INSERT INTO component (code, class_code, name, state, geom, unit_code, source)"
            " SELECT '990101' || '01002' || lpad(n::text, 6, '0'), '01002', 'c', 'intact',"
            " ST_SetSRID(ST_MakePoint(116.301 + n * 1e-7, 39.901), 4326), %s, 'test'"
            " FROM generate_series(1, 20000) AS n",
            (GRIDS[0],),
        )
        owner.execute("ANALYZE component")
    text, values = features.statement(
        published[f"components_{BIN}"], Selection(limit=10), psycopg.sql.SQL("id")
    )
    for reader in (CITY, STREET):
        with session(town[1], reader) as connection:
            plan = connection.execute(psycopg.sql.SQL("EXPLAIN ") + text, values).fetchall()
        assert any("ix_component" in line for (line,) in plan), plan
        assert not any("Seq Scan on component " in line for (line,) in plan), plan


def test_signs_tell_classes_apart_by_group(published: dict[str, Layer]) -> None:
    codes = [row["code"] for row in standard_codes("部件")]
    marks = {code: sign(code) for code in codes}
    assert sign(LAMP) == marks[LAMP]
    for code, mark in marks.items():
        assert contrast(mark.colour, GROUND) >= 2.5, code
    groups = {group: {marks[code].colour for code in codes if code.startswith(group)} for group in GROUPS}
    for group, colours in groups.items():
        for other, others in groups.items():
            assert group == other or not colours & others
    looks = {(mark.shape, mark.colour, mark.rim) for mark in marks.values()}
    assert len(looks) >= 80, "of 153"
    neighbours = pairwise(codes)
    assert all(marks[one] != marks[other] for one, other in neighbours)
    for name, layer in published.items():
        assert list(problems_of(legend_of(layer), layer)) == [], name
