"""Entities of SensorThings made, read by every kind of path, changed and taken away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random

from tests.api.planning import Office
from tests.api.sensorthings.station import ROOT, ask, at, everything, get, made, post, refused, stream, thing


def test_the_root_names_the_sets(office: Office) -> None:
    found = office["chief"].get(ROOT)
    assert [each["name"] for each in found["value"]] == [
        "Things", "Locations", "HistoricalLocations", "Sensors", "ObservedProperties", "Datastreams",
        "FeaturesOfInterest", "Observations",
    ]  # fmt: skip


def test_a_whole_station_is_made_at_once(office: Office) -> None:
    number, channel = made(office, "whole", 1.5, 2.5)
    shown = get(office, f"Things({number})", expand="Locations,HistoricalLocations,Datastreams/Sensor")
    assert shown["name"] == "whole"
    assert shown["Locations"][0]["location"] == {"type": "Point", "coordinates": [116.3, 39.9]}
    assert len(shown["HistoricalLocations"]) == 1
    assert shown["Datastreams"][0]["Sensor"]["metadata"] == "make"
    values = get(office, f"Datastreams({channel})/Observations", orderby="phenomenonTime")["value"]
    assert [each["result"] for each in values] == [1.5, 2.5]
    feature = get(office, values[0]["FeatureOfInterest@iot.navigationLink"])
    assert feature["feature"]["coordinates"] == [116.3, 39.9]


def test_every_kind_of_path_leads_somewhere(office: Office) -> None:
    number, channel = made(office, "paths", 7.25)
    one = get(office, f"Datastreams({channel})/Observations")["value"][0]
    assert get(office, one["@iot.selfLink"])["result"] == 7.25
    assert get(office, f"Things({number})/name") == {"name": "paths"}
    raw = ask(office, "GET", f"Things({number})/name/$value")
    assert (raw.text, raw.headers["content-type"].split(";")[0]) == ("paths", "text/plain")
    refs = get(office, f"Things({number})/Datastreams/$ref")["value"]
    assert [set(each) for each in refs] == [{"@iot.selfLink"}]
    assert get(office, f"Things({number})/Datastreams({channel})/Thing/Datastreams/$ref")["value"] == refs
    assert get(office, f"Datastreams({channel})/Thing")["@iot.id"] == number
    for path in (f"Things({number})/Datastreams(999999999)", "Things(999999999)/Datastreams", "Nothings",
                 f"Things({number})/Sensor", "Things/Datastreams", "Observations('x')",
                 "Things(x)"):  # fmt: skip
        assert ask(office, "GET", path).status_code == 404, path


def test_entities_change_and_go_with_all_that_hangs_on_them(office: Office) -> None:
    number, channel = made(office, "going", 1, 2)
    assert (
        ask(office, "PATCH", f"Things({number})", json={"description": "new"}).json()["description"] == "new"
    )
    moved = {"Locations": [thing("x", lon=116.4)["Locations"][0]]}
    assert ask(office, "PATCH", f"Things({number})", json=moved).status_code == 200
    assert len(get(office, f"Things({number})/HistoricalLocations")["value"]) == 2
    post(office, f"Datastreams({channel})/Observations", {"result": 3, "phenomenonTime": at(9)})
    latest = get(office, f"Datastreams({channel})/Observations", orderby="phenomenonTime desc", top=1)
    feature = get(office, latest["value"][0]["FeatureOfInterest@iot.navigationLink"])
    assert feature["feature"]["coordinates"] == [116.4, 39.9]
    assert ask(office, "DELETE", f"Things({number})").status_code == 200
    for path in (f"Things({number})", f"Datastreams({channel})", f"Datastreams({channel})/Observations"):
        assert ask(office, "GET", path).status_code == 404
    assert office.rows("SELECT count(*) FROM observation WHERE datastream_id = %s", channel) == [(0,)]
    assert office.rows("SELECT count(*) FROM latest_observation WHERE datastream_id = %s", channel) == [(0,)]


def test_what_is_wrong_is_named(office: Office) -> None:
    body = thing("bad", stream("s", unitOfMeasurement={"symbol": "furlong"}))
    assert (
        "furlong" in refused(office, "POST", "Things", json=body)["Datastreams[0].unitOfMeasurement.symbol"]
    )
    assert set(refused(office, "POST", "Things", json={"description": "x"})) == {"name"}
    assert set(refused(office, "POST", "Things", json={"name": "x", "colour": 1})) == {"colour"}
    place = {"name": "x", "encodingType": "application/geo+json", "location": {"type": "Point"}}
    assert set(refused(office, "POST", "Locations", json=place)) == {"location"}
    lost = stream("s", Thing={"@iot.id": 999999999})
    assert set(refused(office, "POST", "Datastreams", json=lost)) == {"Thing.@iot.id"}
    strange = stream("s", properties={"network": "none such", "feature": "p"})
    answer = refused(office, "POST", "Things", json=thing("n", strange))
    assert set(answer) == {"Datastreams[0].properties.network"}
    assert office.rows("SELECT count(*) FROM thing WHERE name IN ('bad', 'n')") == [(0,)]
    for name in ("$expnd", "top"):
        assert name in refused(office, "GET", f"Things?{name}=1")
    assert ask(office, "POST", "Things", who="viewer", json=thing("v")).status_code == 403
    assert ask(office, "PUT", "Things(1)", json={}).status_code == 405


def test_values_that_are_none_are_refused_by_name(office: Office) -> None:
    _, channel = made(office, "nan", 1)
    path = f"Datastreams({channel})/Observations"
    assert set(refused(office, "POST", path, content=b'{"result": NaN}')) == {"body"}
    assert set(refused(office, "POST", path, json={"result": "NaN"})) == {"result"}
    assert set(refused(office, "POST", path, json={"result": "high"})) == {"result"}
    assert set(refused(office, "POST", path, json={"phenomenonTime": at(1)})) == {"result"}
    ahead = refused(office, "POST", path, json={"result": 1, "phenomenonTime": "2199-01-01T00:00:00Z"})
    assert "ahead" in ahead["phenomenonTime"]
    back = refused(office, "POST", path, json={"result": 1, "phenomenonTime": f"{at(2)}/{at(1)}"})
    assert set(back) == {"phenomenonTime"}


def test_a_value_sent_again_is_there_once_and_another_is_a_conflict(office: Office) -> None:
    _, channel = made(office, "again", 0.1 + 0.2)
    path = f"Datastreams({channel})/Observations"
    body = {"phenomenonTime": at(0), "result": 0.1 + 0.2}
    first = post(office, path, body)
    assert post(office, path, body) == first and first["result"] == 0.1 + 0.2
    assert ask(office, "POST", path, json={**body, "result": 1}).status_code == 409
    link = first["@iot.selfLink"].partition(f"{ROOT}/")[2]
    assert ask(office, "PATCH", link, json={"result": 4, "resultQuality": "checked"}).json()["result"] == 4
    newest = get(
        office, f"Datastreams({channel})", expand="Observations($orderby=phenomenonTime desc;$top=1)"
    )
    assert newest["Observations"][0]["resultQuality"] == "checked"
    assert ask(office, "DELETE", link).status_code == 200
    assert get(office, path)["value"] == []


def rows(channel: int, values: list[tuple[int, float]]) -> list[dict[str, object]]:
    data = [[at(minute), value] for minute, value in values]
    stands = {"Datastream": {"@iot.id": channel}, "components": ["phenomenonTime", "result"]}
    return [{**stands, "dataArray@iot.count": len(data), "dataArray": data}]


def test_values_sent_shuffled_again_and_at_once_come_to_the_same(office: Office) -> None:
    random = Random(8)
    _, one = made(office, "in order")
    _, other = made(office, "shuffled")
    values = [(minute, random.uniform(-1, 1)) for minute in range(300)]
    post(office, "CreateObservations", rows(one, values))
    batches = [random.sample(values, 120) for _ in range(12)] + [values[::-1]]
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda batch: post(office, "CreateObservations", rows(other, batch)), batches))
    assert not [each for answer in told for each in answer if each.startswith("error")]
    kept = [
        [(each["phenomenonTime"], each["result"]) for each in everything(office, path, top=77)]
        for path in (f"Datastreams({one})/Observations", f"Datastreams({other})/Observations")
    ]
    assert kept[0] == kept[1] and [value for _, value in kept[0]] == [value for _, value in values]
    newest = office.rows("SELECT result, first_time FROM latest_observation WHERE datastream_id = %s", other)
    oldest = office.rows("SELECT min(phenomenon_time) FROM observation WHERE datastream_id = %s", other)
    assert newest == [(values[-1][1], oldest[0][0])]


def test_the_newest_never_moves_back_while_late_values_come(office: Office) -> None:
    _, channel = made(office, "late")
    path = f"Datastreams({channel})"
    seen = []
    for minute in (5, 3, 9, 1, 8, 9, 0):
        post(office, "CreateObservations", rows(channel, [(minute, float(minute))]))
        found = get(office, path, expand="Observations($orderby=phenomenonTime desc;$top=1)")
        seen.append(found["Observations"][0]["result"])
    assert seen == [5, 5, 9, 9, 9, 9, 9]
    link = get(office, f"{path}/Observations", orderby="phenomenonTime desc")["value"][0]["@iot.selfLink"]
    ask(office, "DELETE", link.partition(f"{ROOT}/")[2])
    found = get(office, path, expand="Observations($orderby=phenomenonTime desc;$top=1)")
    assert found["Observations"][0]["result"] == 8


def test_one_bad_row_of_many_is_told_in_its_place(office: Office) -> None:
    _, channel = made(office, "mixed")
    body = rows(channel, [(1, 1.0), (2, 2.0), (1, 5.0)]) + rows(999999999, [(1, 1.0)])
    told = post(office, "CreateObservations", body)
    assert [each.startswith("error") for each in told] == [False, False, True, True]
    assert "999999999" in told[3]


def test_rows_are_read_as_an_array_too(office: Office) -> None:
    _, channel = made(office, "array", 1, 2, 3)
    found = get(
        office, f"Datastreams({channel})/Observations", resultFormat="dataArray", select="result", top=2
    )
    assert found["value"][0]["components"] == ["result"]
    assert found["value"][0]["dataArray"] == [[1], [2]]
    assert get(office, found["@iot.nextLink"])["value"][0]["dataArray"] == [[3]]
