"""Runs of surveys: beside publications and each other, broken off, too many, from any file."""

from __future__ import annotations

import json
import time
import zipfile
from datetime import UTC, datetime
from typing import Any

import geopandas
import numpy as np
import pytest

from spatial.components.statistics import compact
from spatial.components.surveys import queue
from spatial.components.surveys.options import Options
from spatial.components.surveys.run import Survey, run
from spatial.database import connect, session
from spatial.errors import Conflict, InvalidInput
from spatial.geometry.arcs import build_arcs
from spatial.geometry.datum import convert
from spatial.grids.stamping import Stamper
from spatial.grids.versions import publish
from spatial.rights.reader import SYSTEM
from tests.spatial.components.bureau import LAMP, Bureau, code, row, spot, write_csv
from tests.spatial.grids.cities import draft, squares
from tests.spatial.rights.town import DISTRICT, GRIDS, UNITS


def test_publications_are_held_off_by_the_apply_alone(bureau: Bureau) -> None:
    path, held = write_csv(bureau.folder, [row(n, 小类=LAMP) for n in range(8)]), list[int]()

    def look(_: float) -> None:
        found = bureau.ask(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'"
            " AND objid = (hashtext('coverage.grids')::bigint & 4294967295)::oid"
            # Other databases of the cluster have grids of their own.
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        held.append(found[0][0])

    bureau.tell = look
    bureau.do(path, dry_run=True)
    bureau.do(path)
    assert len(held) >= 4 and set(held) == {0}


def test_another_version_that_comes_meanwhile_stamps_anew(bureau: Bureau) -> None:
    path, calls = write_csv(bureau.folder, [row(n, 小类=LAMP) for n in range(8)]), list[float]()

    def publish_once(part: float) -> None:
        calls.append(part)
        if len(calls) == 1:
            with connect(bureau.url) as owner:
                levels = {6: 1, 9: 2, 12: 3, 15: 4}
                swapped = [GRIDS[1], GRIDS[0], *GRIDS[2:], *(unit for unit in UNITS if unit not in GRIDS)]
                parents = {unit: unit[:-3] if unit != DISTRICT else None for unit in swapped}
                units = [draft(levels[len(unit)], unit, parents[unit]) for unit in swapped]
                publish(owner, "grids", units, build_arcs(squares(2, 4)), "swapped", datetime.now(UTC))

    bureau.tell = publish_once
    done = bureau.do(path)
    assert done["counts"]["new"] == 8 and calls.count(0.7) == 2
    found = bureau.ask("SELECT unit_code FROM component WHERE class_code = %s ORDER BY id", LAMP)
    assert [unit for (unit,) in found] == [GRIDS[1], GRIDS[0], *GRIDS[2:]]


def test_the_platform_itself_may_do_a_survey(bureau: Bureau) -> None:
    path = write_csv(bureau.folder, [row(0, 小类=LAMP), row(1, 编码=code(7, LAMP), 小类="")])
    with session(bureau.database, SYSTEM) as connection:
        options = Options(dry_run=False, crs="EPSG:4326")
        done = run(Survey(connection, SYSTEM, Stamper(bureau.database), path, path.name, options))
    assert done.counts["new"] == 2


def test_sums_of_the_last_hours_are_added_up(bureau: Bureau) -> None:
    path = write_csv(bureau.folder, [row(n, 小类=LAMP) for n in range(4)])
    for state in ("damaged", "intact", "missing"):
        bureau.do(path)
        bureau.ask("UPDATE component SET state = %s WHERE class_code = %s", state, LAMP)
    for many in (1, -1):
        bureau.ask(
            "INSERT INTO component_count (unit_code, class_code, state, hour, components)"
            " VALUES (%s, '01050', 'intact', now() - interval '3 days', %s)", GRIDS[0], many,
        )  # fmt: skip
    with connect(bureau.url) as owner:
        assert compact(owner) > 0 and compact(owner) == 0
    asked = "SELECT state, sum(components)::int FROM component_count WHERE class_code = %s GROUP BY 1"
    left = bureau.ask(asked, LAMP)
    assert left == [("missing", 4)]
    assert bureau.ask("SELECT count(*) FROM component_count WHERE class_code = '01050'") == [(2,)]


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "shp"])
def test_other_files_and_a_shifted_datum(bureau: Bureau, kind: str) -> None:
    lon, lat = spot(5)
    x, y = convert([lon], [lat], "wgs84", "gcj02")
    frame = geopandas.GeoDataFrame(
        {"CSRQ": ["20200131"], "小类": ["路灯"], "other": [1]},
        geometry=geopandas.points_from_xy(x, y),
        crs=4326,
    )
    path = bureau.folder / f"survey.{kind}"
    frame.to_file(path, encoding="utf-8")
    if kind == "shp":
        with zipfile.ZipFile(bureau.folder / "survey.zip", "w") as archive:
            for part in bureau.folder.glob("survey.*"):
                if part.suffix != ".zip":
                    archive.write(part, part.name)
        path = bureau.folder / "survey.zip"
    done = bureau.do(path, crs=None, datum="gcj02")
    assert done["counts"]["new"] == 1, done
    assert [each["where"] for each in done["problems"]] == ["other"], "what is left out is said"
    asked = (
        "SELECT ST_X(geom), ST_Y(geom), installed_on::text, unit_code FROM component WHERE class_code = %s"
    )
    ((found_lon, found_lat, day, unit),) = bureau.ask(asked, LAMP)
    assert (found_lon, found_lat) == pytest.approx((lon, lat), abs=1e-7) and (day, unit) == (
        "2020-01-31",
        GRIDS[5],
    )


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"crs": None}, "crs"), ({"crs": "EPSG:999999"}, "crs"), ({"layer": "x"}, "layer"),
        ({"columns": {"code": "nothing"}}, "columns.code"),
        ({"columns": {"colour": "小类"}}, "columns.colour"),
        ({"classes": ["飞碟"]}, "classes"), ({"profile": "iso"}, "profile"),
    ],
)  # fmt: skip
def test_options_that_fit_no_file(bureau: Bureau, said: dict[str, Any], where: str) -> None:
    path = write_csv(bureau.folder, [row(0, 小类=LAMP)])
    with pytest.raises(InvalidInput) as error:
        bureau.do(path, **said)
    assert where in [each.where for each in error.value.problems]


def test_a_file_without_codes_and_classes_is_refused(bureau: Bureau) -> None:
    with pytest.raises(InvalidInput, match="columns"):
        bureau.do(write_csv(bureau.folder, [row(0, colour="red")]))


def test_a_file_that_breaks_off_leaves_nothing(bureau: Bureau) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"class": LAMP},
            "geometry": {"type": "Point", "coordinates": spot(n % 8)},
        }
        for n in range(20_000)
    ]
    whole = json.dumps({"type": "FeatureCollection", "features": features})
    path = bureau.folder / "cut.geojson"
    path.write_text(whole[: int(len(whole) * 0.9)])
    with pytest.raises(InvalidInput):
        bureau.do(path)
    assert bureau.ask("SELECT count(*) FROM component WHERE class_code = %s", LAMP) == [(0,)]
    assert bureau.ask("SELECT state FROM component_survey ORDER BY id DESC LIMIT 1") == [("refused",)]


def test_too_many_at_a_time_have_to_wait(bureau: Bureau) -> None:
    reader = bureau.staff["administrator of the city"]
    with pytest.raises(Conflict), session(bureau.database, reader) as connection:
        for _ in range(queue.MOST_WAITING + 1):
            queue.ask(connection, reader, Options(), "f", "f", "0")


@pytest.mark.slow
def test_ten_thousand_rows_a_second(bureau: Bureau) -> None:
    rng = np.random.default_rng(7)
    many = 100_000
    lon, lat = rng.uniform(116.301, 116.319, many), rng.uniform(39.901, 39.939, many)
    with (bureau.folder / "many.csv").open("w") as file:
        file.write("lon,lat,class,state,owner\n")
        file.writelines(f"{x:.7f},{y:.7f},{LAMP},完好,城管委\n" for x, y in zip(lon, lat, strict=True))
    started = time.perf_counter()
    done = bureau.do(bureau.folder / "many.csv")
    seconds = time.perf_counter() - started
    print(f"{many / seconds:.0f} rows/s")  # noqa: T201
    assert done["counts"]["new"] == many
