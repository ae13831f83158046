"""The door itself: addresses, methods, forms, refusals."""

from __future__ import annotations

import http.client

import httpx
import pytest

from api.asgi import Scope
from api.ogc.app import ogc_app
from api.ogc.request import Ask
from spatial.database import Database
from spatial.errors import InvalidInput
from tests.api.ogc.conftest import as_reader, serving

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/geo+json"),
        ("*/*", "application/geo+json"),
        ("application/geo+json, application/json", "application/geo+json"),
        ("application/json;q=0.9, text/html;q=0.5", "application/geo+json"),
        ("image/png", "application/geo+json"),
        (";;q=x,,", "application/geo+json"),
        ("text/html", "text/html; charset=utf-8"),
        (BROWSER, "text/html; charset=utf-8"),
    ],
)
def test_json_unless_html_is_preferred(ogc: httpx.Client, accept: str | None, media_type: str) -> None:
    headers = {} if accept is None else {"accept": accept}
    answer = ogc.get("/ogc/collections/ogc_test_plots/items", headers=headers)
    assert answer.headers["content-type"] == media_type


def test_f_beats_accept(ogc: httpx.Client) -> None:
    assert "html" not in ogc.get("/ogc?f=json", headers={"accept": BROWSER}).headers["content-type"]
    assert "html" in ogc.get("/ogc?f=html").headers["content-type"]


@pytest.mark.parametrize(
    "path",
    ["/ogc", "/ogc/collections", "/ogc/collections/ogc_test_plots", "/ogc/collections/ogc_test_plots/items"],
)
def test_a_trailing_slash_changes_nothing(ogc: httpx.Client, path: str) -> None:
    plain, slashed = ogc.get(path).json(), ogc.get(f"{path}/").json()
    plain.pop("timeStamp", None), slashed.pop("timeStamp", None)
    assert plain == slashed


def test_head_has_the_headers_of_get_and_no_body(ogc: httpx.Client) -> None:
    address = "/ogc/collections/ogc_test_plots/items/P01"
    got, head = ogc.get(address), ogc.head(address)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "content-crs", "vary"):
        assert head.headers[name] == got.headers[name]
    assert ogc.head("/ogc/collections/nope").status_code == 404


@pytest.mark.parametrize("path", ["/ogc", "/ogc/collections/ogc_test_plots/items"])
def test_options_allow_reading_only(ogc: httpx.Client, path: str) -> None:
    answer = ogc.options(path)
    assert (answer.status_code, answer.headers["allow"]) == (200, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_other_methods_are_405(ogc: httpx.Client, method: str) -> None:
    answer = ogc.request(method, "/ogc/collections/ogc_test_plots/items")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/nothing/here",
        "/%ff",
        "/static/../app.py",
        "/static/base.html",
        "/collections/nope",
        "/collections/nope/items",
        "/collections/nope/items/1",
        "/collections/nope/schema",
        "/collections/%3Cscript%3E",
        "/collections/ogc_test_plots%00",
        "/collections/ogc_test_plots/coverage",
        "/collections/ogc_test_plots/items/P01/x",
    ],
)
def test_what_is_not_there_is_404(ogc: httpx.Client, path: str) -> None:
    answer = ogc.get(f"/ogc{path}")
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (problem["status"], problem["title"]) == (404, "Not found")


def test_a_problem_names_every_place(ogc: httpx.Client) -> None:
    answer = ogc.get("/ogc/collections/ogc_test_plots/items?limit=0&bbox=1,2&colour=red")
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert {each["where"] for each in problem["errors"]} == {"limit", "bbox", "colour"}
    assert all(each["reason"] for each in problem["errors"])


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("bbox=5,9,6,1", "bbox"),
        ("bbox=-200,0,0,1", "bbox"),
        ("a=%ff", "query"),
        ("&".join(f"a{n}=1" for n in range(300)), "query"),
    ],
)
def test_what_only_the_layer_or_the_parser_finds_is_400_too(
    ogc: httpx.Client, query: str, where: str
) -> None:
    answer = ogc.get(f"/ogc/collections/ogc_test_plots/items?{query}")
    assert answer.status_code == 400
    assert [each["where"] for each in answer.json()["errors"]] == [where]


@pytest.mark.parametrize(
    "path", ["", "/openapi", "/conformance", "/collections", "/collections/ogc_test_plots"]
)
def test_an_unknown_parameter_is_400_everywhere(ogc: httpx.Client, path: str) -> None:
    answer = ogc.get(f"/ogc{path}?colour=red")
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, "colour")


def test_nobody_is_asked_to_log_in(ogc: httpx.Client) -> None:
    answer = ogc.get("/ogc/collections", headers={"x-test-reader": ""})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert ogc.get("/ogc/static/ogc.css", headers={"x-test-reader": ""}).status_code == 200


def ask(headers: dict[str, str], trusted: bool = False, root_path: str = "", **more: object) -> Ask:
    raw = [(name.encode(), text.encode()) for name, text in headers.items()]
    scope: Scope = {"method": "GET", "path": "/ogc", "headers": raw, "root_path": root_path, **more}
    return Ask(scope, "/ogc", trusted)


FORWARDED = {
    "host": "inner:8000",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "written-by-a-client.example, city.example",
    "x-forwarded-prefix": "/gis/",
}


@pytest.mark.parametrize(
    ("asked", "address"),
    [
        (ask({"host": "10.0.0.5:8000"}), "http://10.0.0.5:8000/ogc"),
        (ask({"host": "[::1]:8000"}, scheme="https"), "https://[::1]:8000/ogc"),
        (ask({"host": "a"}, root_path="/ogc"), "http://a/ogc"),
        (ask({"host": "a"}, root_path="/inner/ogc"), "http://a/inner/ogc"),
        (ask({}, server=("127.0.0.1", 8000)), "http://127.0.0.1:8000/ogc"),
        (ask(FORWARDED), "http://inner:8000/ogc"),
        (ask(FORWARDED, trusted=True), "https://city.example/gis/ogc"),
    ],
)
def test_links_are_written_from_the_address_that_was_called(asked: Ask, address: str) -> None:
    assert asked.base_url == address


@pytest.mark.parametrize("host", ["a b", 'a"><script>', "a/b", "a:b", "", "a@b", "a\nb"])
def test_a_hostile_host_is_refused(host: str) -> None:
    with pytest.raises(InvalidInput):
        _ = ask({"host": host}).base_url


def test_forwarded_headers_count_only_when_trusted(gallery: Database) -> None:
    headers = {name: text for name, text in FORWARDED.items() if name != "host"}
    with serving(as_reader(ogc_app(gallery, trusted_proxy=True))) as client:
        links = client.get("/ogc/collections/ogc_test_plots/items", headers=headers).json()["links"]
    assert all(link["href"].startswith("https://city.example/gis/ogc/") for link in links)


def test_a_hostile_host_gets_a_problem_not_a_page_of_its_own(ogc: httpx.Client) -> None:
    connection = http.client.HTTPConnection(ogc.base_url.host, ogc.base_url.port or 80)
    connection.putrequest("GET", "/ogc?f=html", skip_host=True)
    connection.putheader("Host", "evil<script>")
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 400
    assert b"evil" not in body
