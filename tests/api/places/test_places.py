"""Places over HTTP: drawn, changed, listed, photographed, by whoever may; attacked."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.api.places.town import Json, at, inspected, place_in, square, wrong
from tests.api.planning import Office
from tests.spatial.rights.town import GRIDS, STREETS, middle


def picture() -> bytes:
    """Draw a small picture."""
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "png")
    return file.getvalue()


def test_a_place_is_drawn_read_changed_and_deleted(office: Office, town_url: str) -> None:
    street = office["street 1"]
    worker = office.rows("SELECT id FROM worker WHERE unit_code = %s", GRIDS[0])[0][0]
    sent = place_in(
        GRIDS[0], area=square(GRIDS[0]), organisation="water", risk_reason="首次评估:人流大",
        people=[{"worker_id": worker, "role": "inspector"}], address="东路 1 号",
    )  # fmt: skip
    answer = street.ask("POST", "/api/places", json=sent)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["unit_code"], made["organisation_code"], made["kind_title"]) == (GRIDS[0], "water", "市场")
    assert made["area"]["type"] == "MultiPolygon"
    assert [(each["role"], each["name"]) for each in made["people"]] == [("inspector", "张**")]
    path, tag = answer.headers["location"], answer.headers["etag"]
    moved = street.ask("PATCH", path, json={**at(GRIDS[1]), "area": None}, headers={"If-Match": tag})
    assert moved.status_code == 200, moved.text
    assert (moved.json()["unit_code"], moved.json()["area"]) == (GRIDS[1], None)
    assert street.ask("PATCH", path, json={"name": "x"}, headers={"If-Match": tag}).status_code == 412
    assert street.ask("DELETE", path, headers={"If-Match": tag}).status_code == 412
    assert street.ask("DELETE", path).status_code == 403
    assert office["chief"].ask("DELETE", path).status_code == 204
    assert street.ask("GET", path).status_code == 404
    logged = office.rows(
        "SELECT action, username FROM audit WHERE relation = 'place' AND row_key = %s ORDER BY at, id",
        path.rpartition("/")[2],
    )
    assert logged == [("insert", "street 1"), ("update", "street 1"), ("delete", "chief")]


def test_the_grid_is_derived_and_never_typed_in(office: Office) -> None:
    sent = place_in(GRIDS[0], unit_code=GRIDS[5])
    assert wrong(office["chief"].ask("POST", "/api/places", json=sent)) == {"unit_code"}


def test_every_datum_comes_in(office: Office) -> None:
    from spatial.geometry.datum import convert

    lon, lat = middle(GRIDS[2])
    for datum in ("wgs84", "cgcs2000", "gcj02", "bd09"):
        (x,), (y,) = convert([lon], [lat], "wgs84", datum)
        area = {"type": "Polygon", "coordinates": [_shifted(square(GRIDS[2])["coordinates"][0], datum)]}
        sent = place_in(GRIDS[2], lon=float(x), lat=float(y), datum=datum, area=area)
        made = office["chief"].post("/api/places", sent)
        assert (made["lon"], made["lat"]) == pytest.approx((lon, lat), abs=1e-9)
        assert made["area"]["coordinates"][0][0][0] == pytest.approx([lon - 0.0005, lat - 0.0005], abs=1e-8)


def _shifted(ring: list[list[float]], datum: str) -> list[list[float]]:
    from spatial.geometry.datum import convert

    x, y = convert([p[0] for p in ring], [p[1] for p in ring], "wgs84", datum)
    return [[float(a), float(b)] for a, b in zip(x, y, strict=True)]


def test_an_area_alone_gives_its_point_and_may_have_holes_and_parts(office: Office) -> None:
    outer, inner = square(GRIDS[3])["coordinates"][0], square(GRIDS[3], 0.0002)["coordinates"][0]
    area = {
        "type": "MultiPolygon",
        "coordinates": [[outer, inner[::-1]], [square(GRIDS[3], 0.0001)["coordinates"][0]]],
    }
    body = {"kind": "reservoir", "name": "水库", "risk_level": 1, "area": area}
    made = office["chief"].post("/api/places", body)
    assert (made["unit_code"], len(made["area"]["coordinates"])) == (GRIDS[3], 2)


def ring(points: list[list[float]]) -> Json:
    return {"type": "Polygon", "coordinates": [points]}


BOW_TIE = ring([[116.3, 39.9], [116.31, 39.91], [116.31, 39.9], [116.3, 39.91], [116.3, 39.9]])


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"area": BOW_TIE}, "area"),
        ({"area": ring([[500.0, 39.9], [116.31, 39.91], [116.31, 39.9], [500.0, 39.9]])}, "area"),
        ({"area": {"type": "Point", "coordinates": [116.3, 39.9]}}, "area.type"),
        ({"area": {"type": "Polygon", "coordinates": []}}, "area"),
        ({"area": {"type": "Polygon", "coordinates": "x"}}, "area.coordinates"),
        ({"area": square(GRIDS[7])}, "area"),
        ({"datum": "mars"}, "datum"), ({"lat": None}, "lat"), ({"lon": 181}, "lon"),
        ({"risk_level": 5}, "risk_level"),
        ({"risk_level": "red"}, "risk_level"), ({"kind": "nothing"}, "kind"), ({"name": ""}, "name"),
        ({"organisation": "nobody"}, "organisation"),
        ({"people": [{"worker_id": 999999, "role": "r"}]}, "people"),
        ({"people": [{"worker_id": 1, "role": "r"}, {"worker_id": 1, "role": "r"}]}, "people"),
        ({"kind": "police"}, "risk_level"), ({"risk_reason": "x"}, "risk_reason"),
        ({"name": "a\x00b"}, "name"),
    ],
)  # fmt: skip
def test_a_wrong_place_is_refused_by_its_field(office: Office, change: Json, where: str) -> None:
    before = office.rows("SELECT count(*) FROM place")
    found = wrong(office["chief"].ask("POST", "/api/places", json=place_in(GRIDS[0], **change)))
    assert where in {each.removeprefix("body.") for each in found}
    assert office.rows("SELECT count(*) FROM place") == before


def test_a_million_vertices_are_refused_before_they_cost_anything(office: Office) -> None:
    ring = [[116.1, 39.9], [116.2, 39.9]] * 8_000
    area = {"type": "Polygon", "coordinates": [ring]}
    assert wrong(office["chief"].ask("POST", "/api/places", json=place_in(GRIDS[0], area=area))) == {"area"}
    rings = b"[1,2]," * 1_000_000 + b"[1,2]"
    body = (
        b'{"kind":"market","name":"n","risk_level":1,"area":{"type":"Polygon","coordinates":[['
        + rings
        + b"]]}}"
    )
    headers = {"Content-Type": "application/json"}
    assert office["chief"].ask("POST", "/api/places", content=body, headers=headers).status_code == 413


def test_a_point_in_another_datum_than_its_area_is_noticed(office: Office) -> None:
    sent = place_in(
        GRIDS[0], area=square(GRIDS[0]), datum="gcj02", lon=middle(GRIDS[1])[0], lat=middle(GRIDS[1])[1]
    )
    answer = office["chief"].ask("POST", "/api/places", json=sent)
    assert "datum" in answer.json()["errors"][0]["reason"]


def test_a_street_administrator_stays_within_the_street(office: Office) -> None:
    street, chief = office["street 1"], office["chief"]
    assert street.ask("POST", "/api/places", json=place_in(GRIDS[7])).status_code == 403
    mine = street.post("/api/places", place_in(GRIDS[0]))
    assert street.ask("PATCH", f"/api/places/{mine['id']}", json=at(GRIDS[7])).status_code == 403
    assert street.get(f"/api/places/{mine['id']}")["unit_code"] == GRIDS[0]
    theirs = chief.post("/api/places", place_in(GRIDS[7]))
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert street.ask(method, f"/api/places/{theirs['id']}", json=body).status_code == 404
    assert theirs["id"] not in {each["id"] for each in street.get("/api/places?limit=1000")["places"]}
    assert (
        chief.ask("PATCH", f"/api/places/{theirs['id']}", json={"organisation": "roads"}).status_code == 200
    )
    assert theirs["id"] in {each["id"] for each in office["roads"].get("/api/places?limit=1000")["places"]}
    assert office["viewer"].ask("PATCH", f"/api/places/{theirs['id']}", json={"name": "x"}).status_code == 403


def test_places_are_listed_by_what_is_asked_and_page_by_page(office: Office) -> None:
    chief = office["chief"]
    made = [
        chief.post("/api/places", place_in(GRIDS[4], name=f"纸页100%_{n}", risk_level=1 + n % 4))
        for n in range(5)
    ]
    ids = [each["id"] for each in made]
    text = {"q": "页100%_"}
    assert [each["id"] for each in chief.get("/api/places", params=text)["places"]] == ids
    page = chief.get("/api/places", params={**text, "limit": 2})
    assert [each["id"] for each in page["places"]] == ids[:2]
    page = chief.get("/api/places", params={**text, "limit": 3, "after": page["next"]})
    assert ([each["id"] for each in page["places"]], page["next"]) == (ids[2:], ids[-1])
    red = chief.get(
        "/api/places", params={**text, "level": "1,2", "kind": "market,mall", "unit": STREETS[1]}
    )["places"]
    assert [each["risk_level"] for each in red] == [1, 2, 1]
    assert chief.get("/api/places", params={**text, "unit": STREETS[0]})["places"] == []
    x, y = middle(GRIDS[4])
    inside = chief.get("/api/places", params={**text, "bbox": f"{x - 1e-6},{y - 1e-6},{x + 1e-6},{y + 1e-6}"})
    assert len(inside["places"]) == 5
    assert (
        chief.get("/api/places", params={**text, "bbox": f"{x + 1e-6},{y},{x + 1},{y + 1}"})["places"] == []
    )
    assert wrong(chief.ask("GET", "/api/places?bbox=1,2,3")) == {"bbox"}
    assert wrong(chief.ask("GET", "/api/places?colour=red")) == {"colour"}


def test_photos_belong_to_a_place_and_to_its_inspections(office: Office) -> None:
    place, number = inspected(office, name="照片")
    path = f"/api/places/{place}/attachments"
    png = picture()
    sent = {"files": {"file": ("../../场所.png", png, "text/html")}}
    answer = office["field"].ask("POST", f"{path}?inspection={number}", **sent)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["name"], made["kind"], made["media_type"], made["inspection_id"]) == (
        "场所.png", "photo", "image/png", number,
    )  # fmt: skip
    got = office["viewer"].ask("GET", answer.headers["location"])
    assert (got.content, got.headers["content-type"]) == (png, "image/png")
    assert office["street 2"].ask("GET", answer.headers["location"]).status_code == 404
    assert office["street 2"].ask("POST", path, **sent).status_code == 404
    assert office["viewer"].ask("POST", path, **sent).status_code == 403
    assert wrong(office["field"].ask("POST", f"{path}?inspection=999999", **sent)) == {"inspection"}
    assert office["field"].ask("POST", path, files={"file": ("a.exe", b"MZ" * 100)}).status_code == 400
    assert [each["id"] for each in office["chief"].get(path)["attachments"]] == [made["id"]]
    assert office["field"].ask("DELETE", answer.headers["location"]).status_code == 403
    assert office["chief"].ask("DELETE", answer.headers["location"]).status_code == 204
    assert office["chief"].get(path)["attachments"] == []
