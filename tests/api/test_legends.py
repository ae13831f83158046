"""The look of a layer for our own map, and who changes it, over the whole application."""

from __future__ import annotations

import httpx

STAR = {
    "classes": [
        {"title": "场所", "title_en": "Place", "symbol": {"mark": {"shape": "star", "colour": "#0072b2"}}}
    ]
}


def test_our_map_gets_a_style_whose_addresses_are_paths(client: httpx.Client) -> None:
    style = client.get("/api/layers/events/style.json").json()
    assert style["version"] == 8
    assert style["sources"]["events"]["tiles"] == ["/tiles/events/{z}/{x}/{y}.mvt"]
    assert (
        client.get("/api/layers/places/style.json", params={"lang": "en"}).json()["name"]
        == "Sensitive places"
    )
    assert client.get("/api/layers/places/style.json", params={"lang": "fr"}).status_code in (400, 422)
    assert client.get("/api/layers/nothing/style.json").status_code == 404
    sprite = client.get("/api/layers/places/style.json").json()["sprite"]
    assert client.get(f"{sprite}@2x.png").headers["content-type"] == "image/png"


def test_a_look_is_read_changed_advised_on_and_taken_back(client: httpx.Client) -> None:
    before = client.get("/api/layers/places/legend").json()
    assert before["advice"] == []
    try:
        answer = client.put("/api/layers/places/legend", json=STAR)
        assert answer.status_code == 200, answer.text
        assert answer.json() == client.get("/api/layers/places/legend").json()
        assert answer.json()["classes"][0]["symbol"]["mark"]["shape"] == "star"
        assert "star-0072b2" in client.get("/api/layers/places/style.json").text
        refused = client.put("/api/layers/places/legend", json={**STAR, "attribute": "nothing"})
        assert refused.status_code == 400
        assert {each["where"] for each in refused.json()["errors"]} == {"attribute", "classes.0"}
        again = client.put("/api/layers/places/legend", json=client.get("/api/layers/places/legend").json())
        assert again.json() == answer.json()
    finally:
        assert client.delete("/api/layers/places/legend").json() == before
    assert client.put("/api/layers/nothing/legend", json=STAR).status_code == 404


def test_a_stranger_sees_nothing(stranger: httpx.Client) -> None:
    for method, path in (("GET", "style.json"), ("GET", "legend"), ("PUT", "legend"), ("DELETE", "legend")):
        assert stranger.request(method, f"/api/layers/places/{path}").status_code == 401
    for path in ("styles", "styles/events", "qgis/project.qgz", "collections/events/legend"):
        assert stranger.get(f"/ogc/{path}").status_code == 401
