"""What hostile or broken clients send: refused in words, never a failure, and nothing of it is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.planning import Office, corner
from tests.spatial.rights.town import GRIDS

HUGE = [[116.3 + i / 1e7, 39.905] for i in range(40_000)]
BOW = [corner(0.2, 0.2), corner(0.8, 0.8), corner(0.8, 0.2), corner(0.2, 0.8)]
UNIT = GRIDS[0]

PAYLOADS: dict[str, Any] = {
    "nothing": {},
    "unknown": {"op": "explode"},
    "op is a list": {"op": ["split"]},
    "op is null": {"op": None},
    "foreign field": {"op": "rename", "unit": UNIT, "name": "x", "admin": True},
    "no unit": {"op": "rename", "name": "x"},
    "unit is a number": {"op": "rename", "unit": 7, "name": "x"},
    "unit is an object": {"op": "rename", "unit": {"$ne": ""}, "name": "x"},
    "name with NUL": {"op": "rename", "unit": UNIT, "name": "a\0b"},
    "name with half a pair": {"op": "rename", "unit": UNIT, "name": "\ud800"},
    "long name": {"op": "rename", "unit": UNIT, "name": "x" * 100_000},
    "SQL": {"op": "rename", "unit": "'; DROP TABLE plan; --", "name": "x"},
    "not a number": {"op": "split", "unit": UNIT, "line": [[float("nan"), 39.9], corner(1, 0.5)]},
    "infinite": {"op": "split", "unit": UNIT, "line": [[float("inf"), 39.9], corner(1, 0.5)]},
    "enormous": {"op": "split", "unit": UNIT, "line": [[1e308, -1e308], corner(1, 0.5)]},
    "beyond the poles": {"op": "split", "unit": UNIT, "line": [[116.3, 91], corner(1, 0.5)]},
    "text coordinates": {"op": "split", "unit": UNIT, "line": [["116.3", "39.9"], corner(1, 0.5)]},
    "one vertex": {"op": "split", "unit": UNIT, "line": [corner(0, 0)]},
    "a point twice": {"op": "split", "unit": UNIT, "line": [corner(0.5, 0.5)] * 2},
    "beside the unit": {"op": "split", "unit": UNIT, "line": [corner(0, 3.2), corner(1, 3.2)]},
    "crosses itself": {"op": "split", "unit": UNIT, "line": [corner(-1, 0.5), *BOW, corner(2, 0.5)]},
    "bow tie": {"op": "cut", "unit": UNIT, "polygon": [BOW], "name": "x"},
    "no ring": {"op": "cut", "unit": UNIT, "polygon": [], "name": "x"},
    "rings of rings": {"op": "cut", "unit": UNIT, "polygon": [[[[[[0, 0]]]]]], "name": "x"},
    "far away": {"op": "draw", "polygon": [[[0, 0], [1, 0], [1, 1]]], "name": "x", "parent": "990101001001"},
    "new identity of another": {
        "op": "split",
        "unit": UNIT,
        "line": [corner(-1, 0.5), corner(1, 0.5)],
        "new": "x",
    },
    "datum": {"op": "split", "unit": UNIT, "line": [corner(-1, 0.5), corner(1, 0.5)], "datum": "mars"},
    "people": {"op": "assign", "unit": UNIT, "people": [[2**70, "leader"]]},
    "people as text": {"op": "assign", "unit": UNIT, "people": "all"},
    "no worker": {"op": "assign", "unit": UNIT, "people": [[999_999, "leader"]]},
    "own operations": {"op": "rebase", "choices": {}},
    "counter": {"op": "counter", "of": 1},
    "code of nobody": {"op": "recode", "unit": UNIT, "code": "１２３"},
    "parent is itself": {"op": "migrate", "units": [UNIT], "parent": UNIT},
    "empty list": {"op": "merge", "units": []},
    "one is none": {"op": "merge", "units": [UNIT]},
    "long line": {"op": "split", "unit": UNIT, "line": HUGE},
}


@pytest.fixture(scope="module")
def plan(office: Office) -> int:
    return office["deputy"].draft()


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("who", ["deputy", "street 1"])
def test_a_bad_operation_is_refused_in_words(office: Office, name: str, who: str) -> None:
    person = office[who]
    plan = person.draft()
    answer = person.ask(
        "POST",
        f"/api/plans/{plan}/operations",
        content=json.dumps(PAYLOADS[name]),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (400, 403), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    for word in ("Traceback", "psycopg", "shapely", "numpy", "TopologyException"):
        assert word not in answer.text
    assert person.get(f"/api/plans/{plan}/steps")["steps"] == []
    assert person.get(f"/api/plans/{plan}")["etag"] == 1


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"op":' * 5_000,
        "null",
        "[]",
        '"split"',
        "7",
        "{",
        '{"op": "split"',
        "\x00",
        '{"op": NaN}',
    ],
    ids=["lists", "objects", "null", "list", "text", "number", "open", "cut", "NUL", "NaN"],
)
def test_what_is_no_operation_at_all(office: Office, plan: int, body: str) -> None:
    answer = office["deputy"].ask(
        "POST", f"/api/plans/{plan}/operations", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 413), answer.text[:300]


def test_more_than_a_megabyte_is_not_read(office: Office, plan: int) -> None:
    body = {"op": "split", "unit": UNIT, "line": HUGE * 3}
    assert office["deputy"].refused(plan, **body).status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "/api/plans", {"coverage": "none such", "title": "x"}),
        ("POST", "/api/plans", {"coverage": "grids", "title": ""}),
        ("POST", "/api/plans", {"coverage": "grids", "title": "a\0b"}),
        ("POST", "/api/plans", {"coverage": "grids", "title": "x", "status": "published"}),
        ("POST", "/api/plans", {"coverage": "grids", "title": "x", "effective_at": "tomorrow"}),
        ("POST", "/api/plans", {"coverage": "grids", "title": "x", "effective_at": "2031-01-01T00:00:00"}),
        ("POST", "/api/plans", {"coverage": "grids", "title": 7}),
        ("PATCH", "/api/plans/{}", {"status": "approved"}),
        ("PATCH", "/api/plans/{}", {"drafter": "somebody"}),
        ("POST", "/api/plans/{}/rebase", {"choices": {"a": "yours"}}),
        ("POST", "/api/plans/{}/comments", {"text": "x", "lon": 1e308, "lat": 0}),
        ("POST", "/api/plans/{}/comments", {"text": "x", "unit": "not one"}),
        ("POST", "/api/plans/{}/publish", {}),
        ("POST", "/api/plans/{}/counter", {}),
        ("GET", "/api/plans?status=secret", None),
        ("GET", "/api/plans?limit=100000", None),
        ("GET", "/api/plans?before=0", None),
        ("GET", "/api/plans/0", None),
        ("GET", "/api/plans/99999999999999999999", None),
        ("GET", "/api/plans/x", None),
        ("GET", "/api/plans/{}/units", None),
        ("GET", "/api/plans/{}/units?bbox=1,2,3", None),
        ("GET", "/api/plans/{}/units?bbox=nan,0,1,1", None),
        ("GET", "/api/plans/{}/units?bbox=-1e308,0,1e308,1", None),
        ("GET", "/api/plans/{}/units?bbox=10,0,5,1", None),
        ("GET", "/api/plans/{}/steps?after=-1", None),
        ("GET", "/api/plans/{}?verbose=1", None),
    ],
)
def test_bad_requests_are_refused(office: Office, plan: int, method: str, path: str, sent: Any) -> None:
    options = (
        {"headers": {"content-type": "application/json"}, "content": json.dumps(sent)}
        if sent is not None
        else {}
    )
    answer = office["deputy"].ask(method, path.format(plan), **options)
    assert answer.status_code in (400, 403, 404, 409), answer.text
    assert office["deputy"].get(f"/api/plans/{plan}")["status"] == "draft"
