"""The Open311 door: as the wiki has GeoReport v2, and as `georeport` of PyPI asks, which is not ours."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest
import requests
from georeport import GeoReport
from starlette.testclient import TestClient

from tests.api.exchange import Exchange
from tests.api.open311.door import LAT, LON, form, made, post, shown
from tests.api.town_hall import CITY_ADMINISTRATOR
from tests.servers import serving
from tests.spatial.events.desk import MATTER
from tests.spatial.rights.town import GRIDS, middle

FIELDS = (
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime",
    "address", "address_id", "zipcode", "lat", "long", "media_url",
)  # fmt: skip
"""Of a request, in the order of the wiki."""


# ---- As the wiki has it


def test_services_are_our_matters_in_both_forms(chief: TestClient) -> None:
    listed = chief.get("/open311/v2/services.json?jurisdiction_id=any.city")
    assert listed.headers["content-type"] == "application/json; charset=utf-8"
    service = next(each for each in listed.json() if each["service_code"] == MATTER)
    assert list(service) == [
        "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
    ]  # fmt: skip
    assert (service["metadata"], service["type"]) == (True, "realtime")
    answer = chief.get("/open311/v2/services.xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    root = ElementTree.fromstring(answer.content)
    assert (root.tag, {child.tag for child in root}) == ("services", {"service"})
    found = next(each for each in root if each.findtext("service_code") == MATTER)
    assert found.findtext("metadata") == "true"
    assert found.findtext("service_name") == service["service_name"]


def test_a_definition_lists_its_attributes(chief: TestClient) -> None:
    root = ElementTree.fromstring(chief.get(f"/open311/v2/services/{MATTER}.xml").content)
    assert (root.tag, root.findtext("service_code")) == ("service_definition", MATTER)
    first = root.find("attributes/attribute")
    assert first is not None
    assert [child.tag for child in first] == [
        "variable", "code", "datatype", "required", "datatype_description", "order", "description", "values",
    ]  # fmt: skip
    assert [each.findtext("key") for each in first.findall("values/value")] == [
        "ordinary",
        "urgent",
        "critical",
    ]
    told = chief.get(f"/open311/v2/services/{MATTER}.json").json()
    assert [each["order"] for each in told["attributes"]] == [1, 2, 3, 4, 5]
    assert told["attributes"][0]["values"][0] == {"key": "ordinary", "name": "ordinary"}


def test_a_request_is_made_and_read_again(exchange: Exchange, chief: TestClient) -> None:
    sent = form(
        **{"attribute[urgency]": "urgent", "attribute[WHISPAWN]": "123456"},
        **{"attribute[COLOR][]": ["red", "blue"]},
        email="smit333@sfgov.edu", device_id="tt222111", account_id="123", first_name="小明", last_name="王",
        phone="13800001111", media_url="http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg",
        address_string="学院路 17 号",
    )  # fmt: skip
    answer = chief.post("/open311/v2/requests.xml", data=sent)
    assert answer.status_code == 200, answer.text
    root = ElementTree.fromstring(answer.content)
    assert (root.tag, root[0].tag) == ("service_requests", "request")
    assert [child.tag for child in root[0]] == ["service_request_id", "service_notice", "account_id"]
    no = str(root.findtext("request/service_request_id"))
    listed = chief.get(f"/open311/v2/requests/{no}.json").json()
    assert (len(listed), tuple(listed[0])) == (1, FIELDS)
    found = listed[0]
    assert (found["status"], found["service_code"], found["address"]) == ("open", MATTER, "学院路 17 号")
    assert (found["lat"], found["long"]) == pytest.approx((LAT, LON))
    assert found["media_url"] == sent["media_url"]
    assert found["requested_datetime"] == found["updated_datetime"]
    assert found["requested_datetime"].endswith("Z")
    root = ElementTree.fromstring(chief.get(f"/open311/v2/requests/{no}.xml").content)
    assert [child.tag for child in root[0]] == list(FIELDS)
    assert root.findtext("request/description") == "A large sinkhole"
    number, attributes, source = exchange.ask("SELECT id, attributes, source FROM event WHERE no = %s", no)[0]
    assert attributes == {"WHISPAWN": "123456", "COLOR": ["red", "blue"], "media_url": sent["media_url"]}
    assert source == "hotline"
    event = chief.get(f"/api/events/{number}").json()
    assert event["urgency"] == "urgent"
    # The reporter is sealed; what the platform has no sealed place for is not kept at all.
    whole = json.dumps(exchange.ask("SELECT to_jsonb(e) FROM event AS e WHERE id = %s", number), default=str)
    assert not [secret for secret in ("13800001111", "小明", "smit333", "tt222111") if secret in whole]
    assert exchange.ask("SELECT name FROM reporter WHERE event_id = %s", number) == [("王**",)]


def test_places_may_be_addresses_of_ours(exchange: Exchange, chief: TestClient) -> None:
    number, text = exchange.ask("SELECT id, full_text FROM address ORDER BY id LIMIT 1")[0]
    answer = post(chief, lat=None, long=None, address_id=number)
    assert answer.status_code == 200, answer.text
    no = answer.json()[0]["service_request_id"]
    assert chief.get(f"/open311/v2/requests/{no}.json").json()[0]["address"] == text


def test_what_is_sent_again_under_its_own_name_is_the_same(chief: TestClient) -> None:
    name = {"attribute[external_id]": "KL-77/b"}
    no = made(chief, **name)
    assert made(chief, **name) == no
    assert chief.get("/open311/v2/tokens/KL-77/b.json").json() == [
        {"service_request_id": no, "token": "KL-77/b"}
    ]
    root = ElementTree.fromstring(chief.get("/open311/v2/tokens/KL-77%2Fb.xml").content)
    assert root.findtext("request/token") == "KL-77/b"
    assert chief.get("/open311/v2/tokens/other.json").status_code == 404


def test_requests_are_found_by_number_code_status_and_time(exchange: Exchange, chief: TestClient) -> None:
    first, second = made(chief, description="one"), made(chief, description="two")
    event = exchange.ask("SELECT id FROM event WHERE no = %s", first)[0][0]
    for verb in ("accept", "reject"):
        exchange.step(chief, event, verb, "a test & <no more>")
    found = {
        each["service_request_id"]: each for each in shown(chief, service_request_id=f"{first},{second}")
    }
    assert set(found) == {first, second}
    assert found[first]["status"] == "closed"
    assert found[first]["status_notes"] == "not accepted: a test & <no more>"
    assert found[first]["expected_datetime"] is None
    text = chief.get(f"/open311/v2/requests/{first}.xml").text
    assert "a test &amp; &lt;no more&gt;" in text
    # The number overrides all other arguments.
    assert len(shown(chief, service_request_id=first, status="open", start_date="x")) == 1
    assert {each["status"] for each in shown(chief, status="closed")} == {"closed"}
    assert {each["status"] for each in shown(chief, status="open,closed")} == {"open", "closed"}
    assert shown(chief, service_code="99999") == []
    assert {each["service_code"] for each in shown(chief, service_code=f"{MATTER},99999")} == {MATTER}
    # An empty argument is as good as none.
    assert len(shown(chief, status="", service_code="", start_date="")) == len(shown(chief))


def test_time_spans_are_90_days_and_answers_1000_requests(exchange: Exchange, chief: TestClient) -> None:
    long_ago = datetime(2021, 3, 1, tzinfo=UTC)
    lon, lat = middle(GRIDS[0])
    reports = [
        {
            "category": MATTER, "source": "app", "lon": lon, "lat": lat, "external_id": f"span-{n}",
            "occurred_at": (at := (long_ago + timedelta(hours=n)).isoformat()), "reported_at": at,
        }
        for n in range(1_200)
    ]  # fmt: skip
    assert chief.post("/api/events/batch", json={"reports": reports}).json()["taken"] == 1_200
    span = {"start_date": "2021-03-01T00:00:00Z", "end_date": "2021-05-30T00:00:00Z"}
    found = shown(chief, **span)
    moments = [each["requested_datetime"] for each in found]
    assert (len(found), moments) == (1_000, sorted(moments, reverse=True))
    assert found[0]["requested_datetime"] == "2021-04-19T23:00:00Z"
    rest = shown(chief, **span, page=2)
    assert len(rest) == 200
    assert len(shown(chief, **span, page_size=7)) == 7
    assert len(shown(chief, start_date="2021-04-19T00:00:00+00:00")) == 24
    # A plus sign that was not encoded arrives as a blank.
    plain = chief.get("/open311/v2/requests.json?end_date=2021-03-01T02:00:00+00:00").json()
    assert len(plain) == 3
    assert not {each["service_request_id"] for each in shown(chief)} & {
        each["service_request_id"] for each in found
    }
    changed = {each["service_request_id"] for each in shown(chief, updated_after="2021-04-19T22:00:00Z")}
    assert len(changed & {each["service_request_id"] for each in found}) == 2


def test_discovery_names_the_endpoint(chief: TestClient) -> None:
    for path in ("/open311/discovery", "/open311/v2/discovery"):
        told = chief.get(f"{path}.json").json()
        assert told["endpoints"][0]["url"] == "http://testserver/open311/v2"
        assert told["endpoints"][0]["specification"] == "http://wiki.open311.org/GeoReport_v2"
        root = ElementTree.fromstring(chief.get(f"{path}.xml").content)
        formats = [each.text for each in root.findall("endpoints/endpoint/formats/format")]
        assert formats == ["text/xml", "application/json"]


# ---- A client of others


@pytest.mark.parametrize("format", ["json", "xml"])
def test_georeport_of_pypi_reads_us(
    exchange: Exchange, chief: TestClient, as_app: Callable[[str], str], tmp_path: Path, format: str
) -> None:
    """It knows no key for reading: `requests` beneath it takes one out of the address, as Basic."""
    no, other = made(chief, description="for others <&>"), made(chief)
    key = exchange.hall.key(exchange.hall.account("partner", **CITY_ADMINISTRATOR), "token")
    master = exchange.settings.master_key_file
    assert master is not None
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        serving(listener, as_app(exchange.hall.url), tmp_path, master) as url,
    ):
        root = url.replace("http://", f"http://partner:{key}@") + "/open311/v2"
        client = GeoReport(root, "haidian.example", output_format=format)
        assert MATTER in {each["service_code"] for each in client.get_service_list()}
        assert client.get_service_definition(MATTER)["service_code"] == MATTER
        one = client.get_service_request(no)
        assert (one["service_request_id"], one["description"]) == (no, "for others <&>")
        many = client.get_service_requests(service_request_id=f"{no},{other}")
        assert {each["service_request_id"] for each in many} == {no, other}
        assert {each["status"] for each in client.get_service_requests(status="open")} == {"open"}
        with pytest.raises(requests.HTTPError, match="404"):
            client.get_service_request("none")
        # The address of a request, with its key in it, stands in no log.
        httpx.get(f"{url}/open311/v2/nothing.json?api_key={key}")
    assert key not in (tmp_path / "server.log").read_text()


def test_the_wikis_own_example_is_understood(chief: TestClient) -> None:
    """Byte for byte but for key, code and place; its clients leave the brackets unencoded."""
    body = (
        f"jurisdiction_id=city.gov&service_code={MATTER}&lat={LAT}&long={LON}&address_string=1234+5th+street"
        "&email=smit333%40sfgov.edu&device_id=tt222111&account_id=123456&first_name=john&last_name=smith"
        "&phone=111111111&description=A+large+sinkhole+is+destroying+the+street"
        "&media_url=http%3A%2F%2Ffarm3.static.flickr.com%2F2002%2F2212426634_5ed477a060.jpg"
        "&attribute[WHISPAWN]=123456&attribute[WHISDORN]=COISL001"
    )
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    answer = chief.post("/open311/v2/requests.xml", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    encoded = urlencode(dict(pair.split("=", 1) for pair in ["attribute[A]=1"]))
    assert (
        chief.post("/open311/v2/requests.xml", content=f"{body}&{encoded}", headers=headers).status_code
        == 200
    )
