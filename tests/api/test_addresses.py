"""Addresses over HTTP: who may do what, files through the job process, answers in other datums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import httpx
import pytest

from api.address_jobs import AddressWorker, address_files
from spatial.addresses import imports, queue
from spatial.addresses.imports import ImportOptions
from spatial.database import Database, connect, session
from spatial.rights.reader import SYSTEM
from spatial.settings import Secret, Settings
from tests.api.town_hall import Hall
from tests.patience import until

SPOT = {"lon": 116.33, "lat": 39.99}


@pytest.fixture(scope="module")
def worker(hall: Hall, as_app: Any) -> Iterator[None]:
    settings = Settings(
        home=hall.homes[0], database_url=Secret(hall.url), app_database_url=Secret(as_app(hall.url))
    )
    with AddressWorker(settings):
        yield


def add(client: httpx.Client, text: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/addresses", json={"full_text": text, **SPOT, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def found(client: httpx.Client, text: str, **more: Any) -> list[str]:
    answer = client.get("/api/addresses/geocode", params={"q": text, **more})
    assert answer.status_code == 200, answer.text
    return [each["text"] for each in answer.json()["results"]]


def test_an_address_is_added_found_changed_and_deleted(chief: httpx.Client, hall: Hall) -> None:
    made = add(chief, "北京市海淀区清华东路35号", external_id="a1", datum="gcj02")
    assert (made["road"], made["number"], made["source"]) == ("清华东路", "35", "by hand")
    assert made["lon"] == pytest.approx(116.324, abs=0.003)
    reader = hall.person("reads", role="viewer")
    answer = reader.get("/api/addresses/geocode", params={"q": "清华冬路三十五号", "datum": "gcj02"}).json()
    assert (answer["status"], answer["results"][0]["id"]) == ("matched", made["id"])
    assert answer["results"][0]["lon"] == pytest.approx(SPOT["lon"], abs=1e-6)
    path = f"/api/addresses/{made['id']}"
    assert reader.get(path).json() == made
    assert chief.patch(path, json={"full_text": "北京市海淀区双清路30号"}).json()["road"] == "双清路"
    assert found(reader, "双清路30号") == ["北京市海淀区双清路30号"]
    twice = {"full_text": "x", "external_id": "a1", **SPOT}
    assert chief.post("/api/addresses", json=twice).status_code == 409
    assert chief.delete(path).status_code == 204
    assert found(reader, "双清路30号") == []
    assert reader.get(path).status_code == 404


def test_only_who_keeps_the_whole_city_writes(street: httpx.Client, hall: Hall) -> None:
    for client in (street, hall.person("looks", role="viewer")):
        body = {"full_text": "清华东路1号", **SPOT}
        assert client.post("/api/addresses", json=body).status_code == 403
        assert client.post("/api/addresses/aliases", json={"term": "a路", "name": "b路"}).status_code == 403
        assert client.post("/api/addresses/imports?source=x", content=b"a").status_code == 403
        assert client.delete("/api/addresses/1").status_code == 403
    assert hall.client().get("/api/addresses/geocode?q=x").status_code == 401


def test_who_answers_for_a_part_writes_nothing_of_the_whole_city(chief: httpx.Client, hall: Hall) -> None:
    key = add(chief, "北京市海淀区月泉路3号")["id"]
    for role in ("district_administrator", "analyst"):
        client = hall.person(f"part {role}", role=role, reach="area")
        assert client.post("/api/addresses", json={"full_text": "月泉路1号", **SPOT}).status_code == 403
        assert client.post("/api/addresses/aliases", json={"term": "a路", "name": "b路"}).status_code == 403
        assert client.patch(f"/api/addresses/{key}", json={"name": "x"}).status_code == 403
        assert client.delete(f"/api/addresses/{key}").status_code == 403
        assert client.post("/api/addresses/imports?source=x", content=b"a").status_code == 403
        assert client.get(f"/api/addresses/{key}").status_code == 200


def test_what_is_not_sure_is_not_called_matched(chief: httpx.Client) -> None:
    add(chief, "北京市海淀区柳芽路", kind="road")
    for lon in (116.30, 116.36):
        add(chief, "柳芽便民菜站", kind="shop", lon=lon)
    for more in ({}, {"near": "116.36,39.99"}, {"limit": 1}, {"near": "116.36,39.99", "limit": 1}):
        for text in ("柳芽路1234号", "柳芽便民菜站"):
            answer = chief.get("/api/addresses/geocode", params={"q": text, **more}).json()
            assert answer["status"] == "ambiguous"
            assert answer["reason"]
            assert len(answer["results"]) <= more.get("limit", 5)
    many = {"addresses": ["柳芽便民菜站"], "limit": 1}
    (told,) = chief.post("/api/addresses/geocode", json=many).json()["addresses"]
    assert (told["status"], len(told["results"])) == ("ambiguous", 1)


def test_only_so_many_files_of_one_account_wait(chief: httpx.Client, hall: Hall) -> None:
    account = hall.account("hoards", role="viewer", reach="city")
    client = hall.client(token=hall.key(account))
    # As if they were being worked on: the worker of another test takes none of them.
    rows = hall.ask(
        "INSERT INTO address_job (account_id, kind, filename, state)"
        " SELECT %s, 'geocode', 'a.csv', 'running' FROM generate_series(1, 5) RETURNING id", account
    )  # fmt: skip
    folders = [home / "address-files" for home in hall.homes]

    def waiting() -> list[str]:
        return [file.name for folder in folders if folder.exists() for file in folder.iterdir()]

    before = waiting()
    for body in (b"address\nx\n", b"x" * 2**20):
        assert client.post("/api/addresses/files", content=body).status_code == 409
    assert waiting() == before
    hall.ask("DELETE FROM address_job WHERE id = ANY (%s)", [key for (key,) in rows])
    assert client.post("/api/addresses/files", content=b"").status_code in (400, 422)
    assert waiting() == before


def test_a_process_that_ends_gives_its_file_back(
    chief: httpx.Client, hall: Hall, as_app: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 2)
    account = hall.account("brings", role="analyst", reach="city")
    settings = Settings(
        home=tmp_path, database_url=Secret(hall.url), app_database_url=Secret(as_app(hall.url))
    )
    lines = "".join(f"{n},北京市海淀区榆树路{n}号,116.33,39.99\n" for n in range(1, 8))
    (address_files(tmp_path) / "kept").write_text(f"external_id,address,lon,lat\n{lines}", encoding="utf-8")
    with connect(hall.url) as owner:
        number = queue.ask(owner, account, "import", "a.csv", asdict(ImportOptions("ending")), "kept")
    pool = Database(as_app(hall.url), pool_size=3)
    pool.open()
    try:
        states = [_worked_once(pool, settings, ending) for ending in (True, False)]
    finally:
        pool.close()
    assert states[0] == (number, "waiting", 0, 2)
    assert states[1] == (number, "done", 1, 7)
    assert not list(address_files(tmp_path).iterdir())
    assert hall.ask("SELECT count(*) FROM address WHERE source = 'ending'") == [(7,)]


def _worked_once(pool: Database, settings: Settings, ending: bool) -> tuple[int, str, int, int]:
    worker = AddressWorker(settings)
    with session(pool, SYSTEM) as connection:
        job = worker.claim(connection)
    assert job is not None
    if ending:
        worker._ending.set()
    worker.work(pool, job)
    with session(pool, SYSTEM) as connection:
        (told,) = connection.execute(
            "SELECT id, state, tries, (report->>'rows')::int FROM address_job WHERE id = %s", [job.id]
        ).fetchall()
    return told


def test_a_renamed_road(chief: httpx.Client) -> None:
    add(chief, "北京市海淀区学清路8号")
    alias = {"term": "学清路", "name": "学院后街", "kind": "old", "valid_until": "2001-09-01"}
    key = chief.post("/api/addresses/aliases", json=alias).json()["id"]
    (first,) = chief.get("/api/addresses/geocode?q=学院后街8号").json()["results"]
    assert (first["text"], first["matched"]["by"]) == ("北京市海淀区学清路8号", "old_name")
    assert "学院后街" in first["note"]
    (listed,) = chief.get("/api/addresses/aliases?term=学清路").json()["aliases"]
    assert (listed["id"], listed["name"]) == (key, "学院后街")
    assert chief.delete(f"/api/addresses/aliases/{key}").status_code == 204


def test_the_nearest_and_the_areas(chief: httpx.Client, hall: Hall) -> None:
    (lon, lat) = hall.ask("SELECT ST_X(geom), ST_Y(geom) FROM address WHERE source = 'test'")[0]
    answer = chief.get("/api/addresses/reverse", params={"lon": lon + 0.0001, "lat": lat}).json()
    assert (answer["results"][0]["text"], answer["areas"]["ruling"]) == ("1 Test Road", "inside")
    assert 1 < answer["results"][0]["distance_m"] < 20
    assert [unit["code"] for unit in answer["areas"]["chain"]][-1] == answer["areas"]["code"]


def test_the_nearest_to_many_points_are_those_of_each(chief: httpx.Client, hall: Hall) -> None:
    (lon, lat) = hall.ask("SELECT ST_X(geom), ST_Y(geom) FROM address WHERE source = 'test'")[0]
    points = [[lon + 0.0001, lat], [10.0, 50.0], [lon, lat]]
    answer = chief.post("/api/addresses/reverse", json={"points": points, "limit": 2}).json()
    assert answer["report"] == {"points": 3, "found": 2, "nothing_near": 1}
    for point, told in zip(points, answer["points"], strict=True):
        one = chief.get("/api/addresses/reverse", params={"lon": point[0], "lat": point[1], "limit": 2})
        assert one.json() == told
    assert chief.post("/api/addresses/reverse", json={"points": []}).json()["points"] == []
    (shifted,) = chief.post("/api/addresses/reverse", json={"points": [[lon, lat]], "datum": "gcj02"}).json()[
        "points"
    ]
    assert shifted["results"] != answer["points"][2]["results"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"points": [[116, 40], [216, 40]]}, "points[1]"),
        ({"points": [[116]]}, "points"),
        ({"points": [[116, "nan"]]}, "points"),
        ({"points": [[116, 40]] * 2001}, "points"),
        ({"points": [[116, 40]], "datum": "mars"}, "datum"),
    ],
)
def test_which_of_many_points_is_wrong_is_named(
    chief: httpx.Client, body: dict[str, Any], where: str
) -> None:
    answer = chief.post("/api/addresses/reverse", json=body)
    assert answer.status_code in (400, 422), answer.text
    assert where in str(answer.json()["errors"])


def test_many_at_once(chief: httpx.Client) -> None:
    add(chief, "北京市海淀区知春路76号")
    answer = chief.post("/api/addresses/geocode", json={"addresses": ["知春路76號", "武汉大学", ""]}).json()
    assert answer["report"]["rows"] == 3
    assert [each["status"] for each in answer["addresses"]] == ["matched", "unmatched", "unmatched"]


def test_files_go_through_the_job_process(chief: httpx.Client, hall: Hall, worker: None) -> None:
    body = "external_id,address,lon,lat\n1,北京市海淀区成府路28号,116.33,39.99\n2,,116.3,39.9\n".encode()
    sent = chief.post("/api/addresses/imports?source=survey&filename=a.csv", content=body)
    assert sent.status_code == 202
    report = _ended(chief, sent.json()["location"])
    assert (report["state"], report["report"]["added"], report["report"]["refused"]) == ("done", 1, 1)
    assert report["report"]["problems"][0]["where"] == "row[1].full_text"
    reader = hall.person("sends", role="viewer")
    assert reader.get(sent.json()["location"]).status_code == 404
    asked = reader.post("/api/addresses/files", content="address\n成府路二十八号\n武汉大学\n".encode())
    done = _ended(reader, asked.json()["location"])
    assert (done["report"]["matched"], done["report"]["unmatched"]) == (1, 1)
    lines = reader.get(f"{asked.json()['location']}/result").text.splitlines()
    assert "北京市海淀区成府路28号" in lines[1]
    wrong = _ended(
        chief, chief.post("/api/addresses/imports?source=s", content=b"\x00\x01").json()["location"]
    )
    assert wrong["state"] == "refused"
    assert wrong["problems"]


def _ended(client: httpx.Client, path: str) -> dict[str, Any]:
    until(lambda: client.get(path).json()["ended_at"] is not None)
    return client.get(path).json()


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("geocode?q=", "q"),
        ("geocode?q=x&near=here", "near"),
        ("geocode?q=x&near=500,1", "point"),
        ("geocode?q=x&limit=0", "limit"),
        ("geocode?q=x&datum=mars", "datum"),
        ("geocode?q=x&what=1", "what"),
        ("reverse?lon=1", "lat"),
        ("reverse?lon=116&lat=nan", "lat"),
        ("reverse?lon=216&lat=40", "point"),
        ("reverse?lon=116&lat=40&within_m=0", "within_m"),
    ],
)
def test_what_is_wrong_is_named(chief: httpx.Client, path: str, where: str) -> None:
    answer = chief.get(f"/api/addresses/{path}")
    assert answer.status_code in (400, 422), answer.text
    assert where in str(answer.json()["errors"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"full_text": "x", "lon": 116, "lat": 95},
        {"full_text": "x" * 301, **SPOT},
        {"full_text": "a\x00b", **SPOT},
        {"full_text": "x", **SPOT, "valid_from": "2020-01-02", "valid_until": "2020-01-01"},
        {"full_text": "x", **SPOT, "stamp": 5},
        {**SPOT},
    ],
)
def test_no_bad_address_is_kept(chief: httpx.Client, body: dict[str, Any]) -> None:
    answer = chief.post("/api/addresses", json=body)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["errors"]


def test_the_search_box_understands_what_is_written_wrongly(chief: httpx.Client) -> None:
    add(chief, "蓝旗营社区卫生服务中心", kind="clinic")
    answer = chief.get("/api/search", params={"q": "兰旗营社区卫生中心"}).json()
    assert answer["results"][0]["title"] == "蓝旗营社区卫生服务中心"
    assert chief.get("/api/search", params={"q": "lanqiyingshequ"}).json()["query_kind"] == "text"
