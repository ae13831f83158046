"""Networks brought into the tables: once, twice, in feet, with meters, and what becomes of what is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lifeline.networks.wish import Wish
from spatial.errors import InvalidInput
from tests.lifeline.networks import DATA
from tests.lifeline.store.brought import KENTUCKY, bring, one, read, sant_boi

KY4 = DATA / "wntr" / "ky4.inp"
COUNTS = """SELECT (SELECT count(*) FROM network_node WHERE network_id = %s),
                   (SELECT count(*) FROM network_link WHERE network_id = %s)"""


def test_a_model_in_feet_comes_to_its_place_once_its_frame_is_said(postgis) -> None:
    assert read(KY4, Wish()).must_confirm == ["crs"]
    network, report = bring(postgis, KY4, KENTUCKY)
    assert one(postgis, COUNTS, network, network) == (964, 1158)
    lon, lat = one(
        postgis, "SELECT avg(ST_X(geom)), avg(ST_Y(geom)) FROM network_node WHERE network_id = %s", network
    )
    assert (round(lon, 1), round(lat, 1)) == (-85.6, 38.0)
    told, drawn = one(
        postgis,
        "SELECT sum(length_m), sum(ST_Length(geom::geography)) FROM network_link"
        " WHERE network_id = %s AND kind = 'pipe'",
        network,
    )
    assert told == pytest.approx(853_809 * 0.3048, rel=1e-4)
    assert drawn == pytest.approx(told, rel=0.01)
    assert one(postgis, "SELECT count(*) FROM network_node WHERE is_source") == (5,)
    assert one(postgis, "SELECT count(*) FROM network_device WHERE kind = 'pump'") == (2,)
    assert report["new"] and report["left_out"]["links"] == 0


def test_the_same_file_twice_changes_nothing(postgis) -> None:
    network, _ = bring(postgis, KY4, KENTUCKY)
    before = one(postgis, "SELECT edition FROM network WHERE id = %s", network)
    again, report = bring(postgis, KY4, KENTUCKY)
    assert again == network
    assert one(postgis, COUNTS, network, network) == (964, 1158)
    for part in report["tables"].values():
        assert (part["added"], part["updated"], part["gone"]) == (0, 0, 0)
    assert one(postgis, "SELECT edition FROM network WHERE id = %s", network) == before


def test_what_a_later_file_lacks_is_listed_and_never_deleted(postgis, tmp_path: Path) -> None:
    network, _ = bring(postgis, KY4, KENTUCKY)
    lines = KY4.read_text(encoding="utf-8").splitlines()
    cut = next(at for at, line in enumerate(lines) if line.strip().startswith("[PIPES]")) + 2
    gone = lines[cut].split()[0]
    shorter = tmp_path / "ky4.inp"
    shorter.write_text("\n".join(lines[:cut] + lines[cut + 1 :]), encoding="utf-8")
    _, report = bring(postgis, shorter, KENTUCKY)
    assert report["tables"]["links"]["gone_codes"] == [gone]
    state = "SELECT state FROM network_link WHERE network_id = %s AND code = %s"
    assert one(postgis, state, network, gone) == ("in_service",)
    _, report = bring(postgis, shorter, Wish(crs="EPSG:3547", gone="out_of_service"))
    assert report["tables"]["links"]["out_of_service"] == 1
    assert one(postgis, state, network, gone) == ("out_of_service",)
    bring(postgis, KY4, KENTUCKY)
    assert one(postgis, state, network, gone) == ("in_service",)


def test_the_sample_town_has_its_valves_services_and_meters(postgis, tmp_path: Path) -> None:
    network, report = bring(postgis, sant_boi(tmp_path), Wish())
    assert one(postgis, COUNTS, network, network) == (238, 269)
    # 45 shut-off valves, one other word a kind, and check valves, two of which say into which pipe.
    kinds = dict(postgis.execute("SELECT kind, count(*) FROM network_device GROUP BY 1").fetchall())
    assert (kinds["valve"], kinds["check_valve"], kinds["regulator"]) == (45, 3, 1)
    into = postgis.execute(
        "SELECT d.code, l.code FROM network_device AS d JOIN network_link AS l ON l.id = d.into_link"
        " ORDER BY 1"
    ).fetchall()
    assert into == [("1092", "2037"), ("1107", "113884")]
    assert one(postgis, "SELECT count(link_id), count(node_id) FROM network_service") == (477, 1)
    assert one(postgis, "SELECT count(*), sum(meters) FROM network_customer") == (2398, 2398)
    meters = """SELECT count(*) FROM network_customer AS c JOIN network_service AS s ON s.id = c.service_id
                WHERE s.node_id IS NOT NULL"""
    assert one(postgis, meters) == (4,)
    length = "SELECT sum(length_m) FROM network_link WHERE code = ANY(%s)"
    cut = ["2034", "2070", "2071", "2094", "2101", "2107", "2108", "2213"]
    assert one(postgis, length, cut)[0] == pytest.approx(250.1, abs=0.05)
    assert one(postgis, "SELECT count(*) FROM network_link WHERE state = 'in_service'") == (261,)
    assert one(postgis, "SELECT array_agg(code ORDER BY code) FROM network_node WHERE is_source") == (
        ["1097", "1101", "111111", "113766", "113952"],
    )
    assert report["left_out"] == dict.fromkeys(report["left_out"], 0)


def test_a_valve_that_was_turned_stays_so_unless_the_file_says_otherwise(postgis, tmp_path: Path) -> None:
    path = sant_boi(tmp_path)
    bring(postgis, path, Wish())
    postgis.execute("UPDATE network_device SET is_open = false WHERE code = '1089'")
    bring(postgis, path, Wish())
    assert one(postgis, "SELECT is_open, normally_open FROM network_device WHERE code = '1089'") == (
        False,
        True,
    )


def test_gas_has_its_customers_at_nodes(postgis) -> None:
    network, _ = bring(postgis, DATA / "gas" / "schutterwald_gas.gpkg", Wish())
    assert one(postgis, COUNTS, network, network) == (2559, 2559)
    assert one(postgis, "SELECT count(*), count(node_id) FROM network_service") == (1506, 1506)
    assert one(postgis, "SELECT kind FROM network WHERE id = %s", network) == ("gas",)


def test_a_network_stays_of_its_kind(postgis) -> None:
    bring(postgis, KY4, KENTUCKY)
    with pytest.raises(InvalidInput, match="is of water, and the file is of gas"):
        bring(postgis, KY4, Wish(crs="EPSG:3547", kind="gas"))


def test_a_drawing_without_a_place_is_put_where_somebody_says(postgis) -> None:
    net3 = DATA / "wntr" / "Net3.inp"
    network, _ = bring(postgis, net3, Wish(crs="local", at=(116.3, 40.0)))
    lon, lat, links = one(
        postgis,
        "SELECT avg(ST_X(n.geom)), avg(ST_Y(n.geom)), (SELECT count(*) FROM network_link)"
        " FROM network_node AS n WHERE network_id = %s",
        network,
    )
    assert (round(lon, 2), round(lat, 2), links) == (116.3, 40.0, 119)


def test_coordinates_that_lie_nowhere_in_the_frame_are_left_out_and_told(postgis) -> None:
    with pytest.raises(InvalidInput, match="no link of the file has a place"):
        bring(postgis, DATA / "wntr" / "ky4.inp", Wish(crs="EPSG:4326"))
