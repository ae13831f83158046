"""Pieces of tracks over HTTP: against an oracle that cuts fix by fix, and through a reader of MF-JSON."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator
from pyproj import Geod

from api.ogc.moving_features.forms import FEATURES, PROPERTY, SEQUENCE
from spatial.patrols.track_days import moment
from tests.api.ogc.moving_features.conftest import Lane
from tests.api.ogc.moving_features.paths import OTHER, WALKED, Line, lines_of

with warnings.catch_warnings():
    # It says that it cannot smooth, which nobody asks of it.
    warnings.simplefilter("ignore")
    import movingpandas

LINES = list(lines_of(WALKED))
"""The morning, a single fix, the next morning, before midnight, after midnight."""
WARNS = pytest.mark.filterwarnings("ignore")
"""MovingPandas drops the zone and goes on in UTC, in ways that pandas will give up."""
DEFINED = {
    "components": {"schemas": {"link": {"type": "object", "required": ["href", "rel"]}, "geometry": {}}}
}


def us_of(text: str) -> int:
    """Read a moment, exactly."""
    assert text.endswith("Z")
    found = datetime.fromisoformat(text)
    whole = int(found.replace(microsecond=0).timestamp())
    return whole * 1_000_000 + found.microsecond


def line_of(primitive: dict[str, Any]) -> Line:
    """Read a MovingPoint."""
    lon, lat = zip(*primitive["coordinates"], strict=True)
    return Line([us_of(each) for each in primitive["datetimes"]], list(lon), list(lat))


def between(line: Line, rows: slice) -> str:
    """Write the time from one fix of a line to another as an interval."""
    times = line.time_us[rows]
    return f"{text_of(times[0])}/{text_of(times[-1])}"


def text_of(time_us: int) -> str:
    return moment(time_us).astimezone(UTC).isoformat().replace("+00:00", "Z")


def positions_at(line: Line, times: list[int]) -> Any:
    """Interpolate by NumPy."""
    lon = np.interp(times, line.time_us, line.lon)
    return np.column_stack([lon, np.interp(times, line.time_us, line.lat)])


def valid(schema: dict[str, Any], body: dict[str, Any]) -> None:
    Draft202012Validator({**schema, **DEFINED}).validate(body)


def test_the_pieces_are_those_that_grading_leaves(lane: Lane) -> None:
    body = lane.get(f"{lane.walker}/tgsequence", limit="100")
    valid(SEQUENCE, body)
    assert body["type"] == "TemporalGeometrySequence"
    found = body["geometrySequence"]
    assert [line_of(each) for each in found] == LINES
    assert [each["interpolation"] for each in found] == ["Linear", "Discrete", "Linear", "Linear", "Linear"]
    assert [each["id"] for each in found] == [str(each.time_us[0]) for each in LINES]
    assert body["numberMatched"] == body["numberReturned"] == len(LINES) == 5
    assert all(each["type"] == "MovingPoint" for each in found)
    assert found[0]["crs"]["properties"]["name"].endswith("CRS84")


def test_pages_are_the_whole(lane: Lane) -> None:
    path = f"{lane.walker}/tgsequence"
    for limit in ("1", "2", "3", "5"):
        found = lane.every(path, "geometrySequence", limit=limit)
        assert [line_of(each) for each in found] == LINES
    assert "numberMatched" not in lane.get(path, limit="2")


def test_who_reads_is_stopped_after_so_many_fixes_and_goes_on(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spatial.patrols.moving.reading.MOST_FIXES", 10)
    page = lane.get(f"{lane.walker}/tgsequence", limit="100")
    assert page["numberReturned"] == 2
    found = lane.every(f"{lane.walker}/tgsequence", "geometrySequence", limit="100")
    assert [line_of(each) for each in found] == LINES


def test_a_time_chooses_whole_pieces(lane: Lane) -> None:
    middle = LINES[2].time_us[50]
    between_fixes = text_of(middle + 1_000_000)
    for asked, wanted in (
        (between_fixes, [LINES[2]]),
        (between(LINES[0], slice(10, 20)), [LINES[0]]),
        (f"{text_of(LINES[1].time_us[0])}/..", LINES[1:]),
        (f"../{text_of(LINES[1].time_us[0])}", LINES[:2]),
        (f"../{text_of(LINES[1].time_us[0] - 1)}", LINES[:1]),
        ("2026-09-25/2026-09-26", []),
        ("0001-01-01/9999-12-31", LINES),
    ):
        found = lane.get(f"{lane.walker}/tgsequence", datetime=asked, limit="100")["geometrySequence"]
        assert [line_of(each) for each in found] == wanted, asked


def test_a_sub_trajectory_begins_and_ends_where_it_is_told(lane: Lane) -> None:
    line = LINES[0]
    begin, end = line.time_us[7] + 1_234_567, line.time_us[30] + 7
    body = lane.get(
        f"{lane.walker}/tgsequence", datetime=f"{text_of(begin)}/{text_of(end)}", subTrajectory="true"
    )
    valid(SEQUENCE, body)
    (found,) = body["geometrySequence"]
    part = line_of(found)
    assert found["interpolation"] == "Linear"
    assert part.time_us == [begin, *line.time_us[8:31], end]
    np.testing.assert_allclose(found["coordinates"], positions_at(line, part.time_us), atol=1e-9)
    assert part.lon[1:-1] == line.lon[8:31]


def test_leaves_are_places_at_instants(lane: Lane) -> None:
    asked = [LINES[0].time_us[3] + 500_000, LINES[0].time_us[9], LINES[1].time_us[0], LINES[1].time_us[0] + 1]
    texts = ",".join(map(text_of, asked))
    body = lane.get(f"{lane.walker}/tgsequence", leaf=texts)
    valid(SEQUENCE, body)
    one, two = body["geometrySequence"]
    assert {one["interpolation"], two["interpolation"]} == {"Discrete"}
    assert line_of(one).time_us == asked[:2]
    np.testing.assert_allclose(one["coordinates"], positions_at(LINES[0], asked[:2]), atol=1e-9)
    assert line_of(two) == LINES[1]
    # In a time, those instants alone that lie in it.
    part = lane.get(f"{lane.walker}/tgsequence", leaf=texts, datetime=f"{text_of(asked[1])}/..")
    assert [line_of(each).time_us for each in part["geometrySequence"]] == [[asked[1]], [asked[2]]]


def test_a_box_chooses_the_pieces_that_cross_it(lane: Lane) -> None:
    line = LINES[2]
    # Between two fixes and around neither.
    lon, lat = (line.lon[20] + line.lon[21]) / 2, (line.lat[20] + line.lat[21]) / 2
    box = f"{lon - 1e-7},{lat - 1e-7},{lon + 1e-7},{lat + 1e-7}"
    found = lane.get(f"{lane.walker}/tgsequence", bbox=box)["geometrySequence"]
    assert LINES[2] in [line_of(each) for each in found]
    before = between(line, slice(0, 15))
    assert not lane.get(f"{lane.walker}/tgsequence", bbox=box, datetime=before)["geometrySequence"]
    assert not lane.get(f"{lane.walker}/tgsequence", bbox="0,0,1,1")["geometrySequence"]


def curve(lane: Lane, line: Line, kind: str, **query: str) -> Any:
    body = lane.get(f"{lane.walker}/tgsequence/{line.time_us[0]}/{kind}", **query)
    valid(PROPERTY, body)
    assert (body["name"], body["type"]) == (kind, "TReal")
    return body


def test_distance_velocity_and_acceleration_of_a_piece(lane: Lane) -> None:
    line = LINES[2]
    _, _, legs = Geod(ellps="GRS80").inv(line.lon[:-1], line.lat[:-1], line.lon[1:], line.lat[1:])
    seconds = np.diff(line.time_us) / 1e6
    (gone,) = curve(lane, line, "distance")["valueSequence"]
    assert [us_of(each) for each in gone["datetimes"]] == line.time_us
    np.testing.assert_allclose(gone["values"], np.concatenate([[0], np.cumsum(legs)]), rtol=1e-5, atol=1e-5)
    (speed,) = curve(lane, line, "velocity")["valueSequence"]
    assert speed["interpolation"] == "Step"
    np.testing.assert_allclose(speed["values"][:-1], legs / seconds, rtol=1e-5, atol=1e-5)
    (change,) = curve(lane, line, "acceleration")["valueSequence"]
    middles = (np.array(line.time_us[1:]) + np.array(line.time_us[:-1])) / 2e6
    np.testing.assert_allclose(
        change["values"], np.diff(legs / seconds) / np.diff(middles), rtol=1e-4, atol=1e-5
    )
    forms = {kind: curve(lane, line, kind)["form"] for kind in ("distance", "velocity", "acceleration")}
    assert forms == {"distance": "MTR", "velocity": "MTS", "acceleration": "MSK"}


def test_a_part_of_a_curve_and_its_value_at_instants(lane: Lane) -> None:
    line = LINES[0]
    (whole,) = curve(lane, line, "distance")["valueSequence"]
    begin, end = line.time_us[4] + 1_000_000, line.time_us[9]
    span = f"{text_of(begin)}/{text_of(end)}"
    (part,) = curve(lane, line, "distance", datetime=span, subTemporalValue="true")["valueSequence"]
    times = [us_of(each) for each in part["datetimes"]]
    assert times == [begin, *line.time_us[5:10]]
    np.testing.assert_allclose(part["values"], np.interp(times, line.time_us, whole["values"]), atol=1e-5)
    (at,) = curve(lane, line, "distance", leaf=f"{text_of(begin)},{text_of(end)}")["valueSequence"]
    assert (at["interpolation"], at["values"]) == ("Discrete", [part["values"][0], part["values"][-1]])
    (alone,) = curve(lane, line, "distance", datetime=text_of(end))["valueSequence"]
    assert alone["values"] == [part["values"][-1]]
    assert curve(lane, line, "distance", datetime="2020-01-01/2020-01-02")["valueSequence"] == []


def test_a_single_fix_has_gone_nowhere(lane: Lane) -> None:
    (gone,) = curve(lane, LINES[1], "distance")["valueSequence"]
    assert gone["values"] == [0]
    assert curve(lane, LINES[1], "velocity")["valueSequence"] == []
    assert curve(lane, LINES[1], "acceleration")["valueSequence"] == []


def read(body: dict[str, Any]) -> Any:
    """Read by the MF-JSON reader of MovingPandas."""
    feature = {"type": "Feature", "properties": {}, "temporalGeometry": body}
    return movingpandas.io.read_mf_dict(feature, traj_id=1)


@WARNS
def test_movingpandas_reads_pieces_to_the_bit(lane: Lane) -> None:
    found = lane.get(f"{lane.walker}/tgsequence", limit="100")["geometrySequence"]
    for line, primitive in zip(LINES, found, strict=True):
        if len(line.time_us) < 2:
            continue
        frame = read(primitive).df
        assert frame.geometry.x.tolist() == line.lon
        assert frame.geometry.y.tolist() == line.lat
        assert (frame.index.astype("datetime64[us]").astype("int64")).tolist() == line.time_us


@WARNS
def test_movingpandas_reads_a_page_of_movers(lane: Lane, tmp_path: Any) -> None:
    """A file of what the door sent, read back as trajectories; and a property along with one of them."""
    span = between(LINES[0], slice(0, 100))
    answer = lane.ask("/ogc/collections/movers/items", datetime=span, subTrajectory="true")
    valid(FEATURES, answer.json())
    (tmp_path / "movers.json").write_bytes(answer.content)
    found = movingpandas.read_mf_json(str(tmp_path / "movers.json"), traj_id_property="worker_code")
    (first, second) = found.trajectories
    assert first.df.geometry.x.tolist() == LINES[0].lon[:100]
    begin, end = LINES[0].time_us[0], LINES[0].time_us[99]
    (theirs,) = lines_of(OTHER)
    inside = {each for each in theirs.time_us if begin <= each <= end}
    times = second.df.index.astype("datetime64[us]").astype("int64").tolist()
    assert times == sorted({begin, *inside, end})
    assert first.get_length() == pytest.approx(
        lane.get(
            f"{lane.walker}/tgsequence/{LINES[0].time_us[0]}/distance",
            datetime=text_of(LINES[0].time_us[99]),
        )["valueSequence"][0]["values"][0],
        rel=0.002,  # MovingPandas measures on the sphere.
    )
    assert isinstance(first.df.index, pd.DatetimeIndex)
