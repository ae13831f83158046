"""The contents of the demo city: deterministic, plausible, labelled, and inside the shown extent."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas
import pytest
import shapely

from demo.generate.contents import generate_contents
from demo.generate.contents.amenities import HOURS, UNNAMED
from demo.generate.contents.behaviours import BEHAVIOURS, FREQUENT, NEVER, SOURCES, weights_of
from demo.generate.contents.make import FILES
from demo.generate.contents.rhythm import DAYS, draw_times, make_calendar
from spatial.places.opening_hours import is_readable
from tests.demo.conftest import DATA, SEED


@pytest.fixture(scope="module")
def tables(two_streets: Path) -> dict[str, Any]:
    """Every file, with geometry where it has one."""
    return {name: _read(two_streets / f"{name}.parquet") for name in ("units", *FILES)}


def _read(path: Path) -> Any:
    try:
        return geopandas.read_parquet(path)
    except ValueError:
        return pandas.read_parquet(path)


@pytest.fixture(scope="module")
def extent(tables: dict[str, Any]) -> Any:
    """The union of the grids, prepared."""
    units = tables["units"]
    union = shapely.union_all(np.asarray(units[units["level"] == 4].geometry))
    shapely.prepare(union)
    return union


def test_the_same_seed_gives_the_same_bytes(two_streets: Path, tmp_path: Path) -> None:
    for name in ("units", "roads"):
        shutil.copy(two_streets / f"{name}.parquet", tmp_path)
    generate_contents(DATA, tmp_path, SEED, lambda *_: None)
    for name in FILES:
        assert (two_streets / f"{name}.parquet").read_bytes() == (
            tmp_path / f"{name}.parquet"
        ).read_bytes(), name


def test_another_seed_gives_other_events_and_the_same_real_places(two_streets: Path, tmp_path: Path) -> None:
    for name in ("units", "roads"):
        shutil.copy(two_streets / f"{name}.parquet", tmp_path)
    generate_contents(DATA, tmp_path, SEED + 1, lambda *_: None)
    ours, other = (geopandas.read_parquet(f / "places.parquet") for f in (two_streets, tmp_path))
    assert list(ours[~ours["generated"]]["source"]) == list(other[~other["generated"]]["source"])
    ours, other = (geopandas.read_parquet(f / "events.parquet") for f in (two_streets, tmp_path))
    assert not ours.geometry[:1000].equals(other.geometry[:1000])


def test_there_is_enough_of_everything(tables: dict[str, Any]) -> None:
    events = tables["events"]
    for last_day in range(DAYS - 7, DAYS):
        assert events["day"].between(last_day - 89, last_day).sum() >= 20_000
    assert len(tables["components"]) + len(tables["places"]) >= 5_000
    assert (~tables["places"]["generated"]).sum() > 60
    assert (~tables["components"]["generated"]).sum() > 50


def test_components_and_places_and_events_lie_in_the_extent(tables: dict[str, Any], extent: Any) -> None:
    for name in ("events", "components", "places", "addresses", "people"):
        assert shapely.covers(extent, np.asarray(tables[name].geometry)).all(), name


def test_every_code_is_of_the_standard(tables: dict[str, Any]) -> None:
    codes = pandas.read_csv(DATA / "gbt47678_5_2026_codes.csv", dtype=str)
    matters = set(codes[codes["kind"] == "事项"]["code"])
    classes = set(codes[codes["kind"] == "部件"]["code"])
    assert set(tables["events"]["category"]) <= matters - NEVER
    assert set(FREQUENT) <= matters
    assert matters >= NEVER
    components = tables["components"]
    assert set(components["class_code"]) <= classes
    assert components["code"].str.fullmatch(r"110108\d{11}").all()
    assert components["code"].is_unique
    assert (components["code"].str[6:11] == components["class_code"]).all()
    assert {*components["state"]} <= {"intact", "damaged", "missing", "occupied"}
    assert (components["state"] == "intact").mean() > 0.9


def test_what_is_made_up_says_so(tables: dict[str, Any]) -> None:
    for name in ("organisations", "people", "duties", "events"):
        assert tables[name]["generated"].all(), name
    assert tables["organisations"]["name"].str.endswith("(演示)").all()
    assert tables["organisations"]["name_en"].str.endswith("(demo)").all()
    places = tables["places"]
    assert places[places["generated"]]["name"].str.endswith("(演示)").all()
    assert places[places["generated"]]["source"].str.startswith("generated:").all()
    assert places[~places["generated"]]["source"].str.startswith("osm:").all()
    assert all(json.loads(text)["risk_level_generated"] for text in places["attributes"])
    assert tables["people"]["phone"].str.startswith("000-").all()
    real = tables["components"][~tables["components"]["generated"]]
    assert real["source"].str.startswith("osm:").all()
    assert all(json.loads(text)["state_generated"] for text in real["attributes"])
    assert real["installed_on"].isna().all()


def test_no_real_place_stands_twice(tables: dict[str, Any]) -> None:
    places = tables["places"]
    assert places["source"].is_unique
    real = places[~places["generated"]].to_crs(4548)
    # Toilets and car parks that have no name are called by what they are.
    real = real[~real["name"].isin([name for name, _ in UNNAMED.values()])]
    for _, same in real.groupby(["kind", "name"]):
        spots = np.column_stack([same.geometry.x, same.geometry.y])
        apart = np.hypot(*(spots[:, None] - spots[None]).transpose(2, 0, 1))
        assert (apart[~np.eye(len(spots), dtype=bool)] > 299).all()


def test_amenities_have_hours_real_or_said_to_be_made_up(tables: dict[str, Any]) -> None:
    places = tables["places"]
    shown = places[places["kind"].isin(list(HOURS))]
    said = [json.loads(text) for text in shown["attributes"]]
    assert all(is_readable(each["opening_hours"]) for each in said)
    real = [each for each in said if "opening_hours_generated" not in each]
    assert len(real) > 5
    assert "24/7" in {each["opening_hours"] for each in real}
    for kind in ("toilet", "park", "parking"):
        assert (shown["kind"] == kind).sum() > 5, kind
    assert (shown[shown["kind"].isin(["toilet", "park", "parking"])]["risk_level"] == 4).all()


def test_polygons_of_real_places_are_kept(tables: dict[str, Any]) -> None:
    areas = tables["places"]["area"].dropna()
    assert len(areas) > 20
    assert {shape.geom_type for shape in areas} == {"MultiPolygon"}
    assert all(shape.is_valid for shape in areas)


def test_every_grid_has_a_leader_and_workers_in_it(tables: dict[str, Any]) -> None:
    units, people = tables["units"], tables["people"]
    grids = units[units["level"] == 4]
    leaders = people[people["role"] == "grid_leader"]
    assert sorted(leaders["unit_code"]) == sorted(grids["code"])
    workers = people[people["role"] == "grid_worker"].groupby("unit_code").size()
    assert set(workers.index) == set(grids["code"])
    assert set(workers) <= {1, 2}
    shapes = grids.set_index("code").geometry.loc[leaders["unit_code"]]
    assert shapely.covers(np.asarray(shapes), np.asarray(leaders.geometry)).all()
    assert 0.5 < people["on_duty"].mean() < 0.7


def test_duties_name_people_and_organisations_that_exist(tables: dict[str, Any]) -> None:
    duties, people = tables["duties"], tables["people"]
    assert set(duties["organisation"]) <= set(tables["organisations"]["code"])
    assert set(duties["worker"].dropna()) <= set(people["code"])
    assert set(duties["unit_code"]) <= set(tables["units"]["code"])
    whole = duties[duties["category"].isna() & (duties["rank"] == 1)]
    grids = tables["units"][tables["units"]["level"] == 4]
    assert set(grids["code"]) <= set(whole["unit_code"])
    home = people.set_index("code")["unit_code"]
    assert (duties["worker"].map(home) == duties["unit_code"]).all()


def test_the_day_has_the_shape_of_a_city_day(tables: dict[str, Any]) -> None:
    events = tables["events"]
    hours = np.bincount(events["second"] // 3_600, minlength=24)
    assert hours[2:5].max() < hours[8] / 5
    assert hours[8] > hours[13]
    assert hours[18] > hours[13]
    night = events[events["category"].isin(["06028", "08001"])]
    assert (night["second"] // 3_600).isin([20, 21, 22, 23, 0, 1]).mean() > 0.55
    patrol = events[events["source"] == "patrol"]
    assert (patrol["second"] // 3_600).between(7, 19).all()


def test_the_weekend_dips_as_a_whole_and_rises_for_noise(tables: dict[str, Any]) -> None:
    events = tables["events"]
    weekend = events["day"] % 7 >= 5
    assert _ratio(weekend) == pytest.approx(0.86, abs=0.06)
    assert _ratio(weekend[events["category"] == "06028"]) > 1.15
    assert _ratio(weekend[events["category"].str.startswith("08")]) < 0.8


def _ratio(weekend: Any) -> float:
    """Events on a day of the weekend against those on a working day."""
    return float((weekend.sum() / 2) / ((~weekend).sum() / 5))


def test_rain_brings_drains(tables: dict[str, Any]) -> None:
    events = tables["events"]
    rain = events["attributes"].str.contains('"rain"')
    drains = events["category"].isin(["01003", "01004"])
    wet_days = events[rain]["day"].nunique()
    assert 8 <= wet_days <= 30
    per_wet = (drains & rain).sum() / wet_days
    per_dry = (drains & ~rain).sum() / (DAYS - wet_days)
    assert per_wet > 4 * per_dry


def test_few_places_hold_many_events(tables: dict[str, Any], extent: Any) -> None:
    """Of two streets 1 % is three cells only; test_load.py asks the whole city for more."""
    metric = tables["events"].geometry.to_crs(4548)
    cells = np.column_stack([metric.x // 200, metric.y // 200])
    counts = np.sort(np.unique(cells, axis=0, return_counts=True)[1])[::-1]
    area_m2 = geopandas.GeoSeries([extent], crs=4326).to_crs(4548).area.iloc[0]
    top = max(1, round(area_m2 / 200**2 / 100))
    assert 0.04 * len(metric) <= counts[:top].sum() <= 0.5 * len(metric)


def test_most_events_happen_on_streets(two_streets: Path, tables: dict[str, Any]) -> None:
    roads = geopandas.read_parquet(two_streets / "roads.parquet").to_crs(4548)
    basemap = tables["basemap"]
    real = basemap[basemap["theme"] == "road"].to_crs(4548)
    tree = shapely.STRtree([*roads.geometry, *real.geometry])
    points = np.asarray(tables["events"].geometry.to_crs(4548))
    distance_m = shapely.distance(points, tree.geometries[tree.nearest(points)])
    assert (distance_m < 12).mean() > 0.6


def test_repeats_and_surges_are_planted_and_named(tables: dict[str, Any]) -> None:
    events = tables["events"].to_crs(4548)
    pattern = events["attributes"].map(lambda text: json.loads(text).get("pattern"))
    assert (pattern == "surge:rain").sum() > 100
    assert (pattern == "surge:bicycles").sum() > 100
    repeats = events[pattern.fillna("").str.startswith("repeat:")]
    for _, same in repeats.groupby(pattern):
        assert same["category"].nunique() == 1
        assert len(same) >= 4
        assert np.hypot(same.geometry.x.std(), same.geometry.y.std()) < 15


def test_steps_follow_each_other(tables: dict[str, Any]) -> None:
    events = tables["events"]
    steps = events[[c for c in events if c.endswith("_s")]].to_numpy()
    assert steps.shape[1] == 7
    assert (np.diff(steps, axis=1) >= 60).all()
    assert (steps[:, 0] >= 60).all()
    assert set(events["source"]) == set(SOURCES)
    assert events["title"].str.contains(r"[\u4e00-\u9fff]").all()


def test_addresses_have_every_unit_and_no_twin(tables: dict[str, Any]) -> None:
    addresses = tables["addresses"]
    assert set(tables["units"]["name"]) <= set(addresses["full_text"])
    spots = addresses.geometry.to_wkb()
    assert not pandas.DataFrame({"text": addresses["full_text"], "spot": spots}).duplicated().any()
    assert addresses["source"].is_unique


def test_the_base_map_holds_every_theme(tables: dict[str, Any]) -> None:
    basemap = tables["basemap"]
    assert set(basemap["theme"]) == {"land", "green", "water", "building", "rail", "road", "poi"}
    assert basemap.geometry.is_valid.all()
    assert not basemap.geometry.is_empty.any()
    assert basemap["min_zoom"].between(0, 16).all()
    made = basemap[basemap["generated"]]
    assert set(made["theme"]) == {"land", "road"}
    assert made["name"].isna().all()


def test_patrols_stay_near_the_grid_of_their_worker(tables: dict[str, Any]) -> None:
    fixes, people = tables["fixes"], tables["people"].set_index("code")
    units = tables["units"].set_index("code").geometry.to_crs(4548)
    assert set(fixes["days_before"]) == {0, 1, 2}
    for code, track in list(fixes.groupby("worker"))[:10]:
        assert people.loc[code, "on_duty"]
        points = geopandas.GeoSeries(geopandas.points_from_xy(track["lon"], track["lat"]), crs=4326).to_crs(
            4548
        )
        assert points.distance(units[people.loc[code, "unit_code"]]).max() < 40
    assert fixes["speed_mps"].max() < 4
    assert fixes["course_deg"].between(0, 360).all()
    assert fixes["battery_pct"].between(0, 100).all()


def test_divisions_are_the_national_list_of_the_district(tables: dict[str, Any]) -> None:
    divisions = tables["divisions"]
    assert divisions["code"].str.startswith("110108").all()
    assert set(divisions["level"]) == {1, 2, 3}
    children = divisions[divisions["level"] > 1]
    assert set(children["parent_code"]) <= set(divisions["code"])
    assert divisions[divisions["level"] == 1]["parent_code"].isna().all()


def test_a_folder_without_a_coverage_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        generate_contents(DATA, tmp_path, SEED, lambda *_: None)


@pytest.mark.parametrize("name", sorted(BEHAVIOURS))
def test_drawn_times_follow_the_behaviour(name: str) -> None:
    behaviour = BEHAVIOURS[name]
    rng = np.random.default_rng(3)
    calendar = make_calendar(rng)
    days, seconds = draw_times(calendar, behaviour, 20_000, rng)
    assert days.min() >= 0
    assert days.max() < DAYS
    expected = np.array(behaviour.hours) / sum(behaviour.hours)
    assert np.bincount(seconds // 3_600, minlength=24) / 20_000 == pytest.approx(expected, abs=0.015)
    assert sum(behaviour.places.values()) == pytest.approx(1.0)
    assert len(behaviour.sources) == len(SOURCES)


def test_weights_are_shares() -> None:
    assert weights_of(["09009", "05009", "10001"]).sum() == pytest.approx(1.0)
    assert weights_of(["09009", "10001"])[1] == 0.0
