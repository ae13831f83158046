"""Reports of the public: they become events, and codes tell how far these are."""

from __future__ import annotations

import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from spatial.events.public_codes import code_of, plain
from spatial.geometry.datum import convert
from tests.api.public.reports import event_of, reported, seed, sent
from tests.api.town_hall import CITY_ADMINISTRATOR, Hall
from tests.spatial.rights.town import GRIDS, middle


def test_a_report_becomes_an_event_and_its_code_tells_how_far_it_is(hall: Hall) -> None:
    somebody, body = (
        hall.client(),
        sent(hall, text="很深的坑", name="李四", phone="13912345678", where="东门"),
    )
    (x,), (y,) = convert([body["lon"]], [body["lat"]], "wgs84", "gcj02")
    body |= {"lon": float(x), "lat": float(y), "datum": "gcj02", "accuracy_m": 12.4}
    answer = somebody.post("/api/public/reports", json=body)
    assert answer.status_code == 201, answer.text
    code = answer.json()["code"]
    assert answer.headers["location"] == f"/api/public/reports/{code}"
    number, source, state, title, text, lon, lat, unit, attributes, account = event_of(hall, body)
    assert (source, state, title, text, unit, account) == (
        "public",
        "reported",
        "路面坑洼破损",
        "很深的坑",
        GRIDS[0],
        None,
    )
    assert (lon, lat) == pytest.approx(middle(GRIDS[0]), abs=2e-6)
    assert attributes == {"public_matter": "pothole", "language": "zh", "accuracy_m": 12}
    (masked,) = hall.ask("SELECT name, phone, name_cipher IS NULL FROM reporter WHERE event_id = %s", number)
    assert masked == ("李*", "139****5678", False)

    told = somebody.get(f"/api/public/reports/{code}").json()
    assert (told["stage"], told["joined"], told["photos"]) == ("received", False, 0)
    chief = hall.person("dispatcher", **CITY_ADMINISTRATOR)
    for verb, more in (("accept", {}), ("file", {}), ("dispatch", {"to_organisation": hall.organisation()})):
        step = {"verb": verb, "note": "内部意见 internal note", **more}
        assert chief.post(f"/api/events/{number}/transitions", json=step).status_code == 200
    told = somebody.get(f"/api/public/reports/{code}").json()
    assert told["stage"] == "working"
    assert [each["stage"] for each in told["steps"]] == ["received", "accepted", "working"]
    assert all(each["at"] for each in told["steps"])
    everything = json.dumps(told, ensure_ascii=False)
    inside = (
        "李",
        "139****",
        "13912345678",
        "内部",
        "internal note",
        "dispatcher",
        "water",
        GRIDS[0],
        "很深",
    )
    assert [word for word in inside if word in everything] == []


@pytest.mark.parametrize(
    ("steps", "stage"),
    [
        (["reject"], "declined"),
        (["cancel"], "withdrawn"),
        (["accept", "file", "dispatch", "handle"], "checking"),
        (["accept", "file", "dispatch", "handle", "verify", "close"], "closed"),
    ],
)
def test_every_end_has_plain_words(hall: Hall, steps: list[str], stage: str) -> None:
    somebody, body = hall.client(), sent(hall)
    code = somebody.post("/api/public/reports", json=body).json()["code"]
    chief, number = hall.person("ends", **CITY_ADMINISTRATOR), event_of(hall, body)[0]
    for verb in steps:
        whom = {"to_organisation": hall.organisation()} if verb == "dispatch" else {}
        note = {"note": "so"} if verb in ("reject", "cancel") else {}
        answer = chief.post(f"/api/events/{number}/transitions", json={"verb": verb, **whom, **note})
        assert answer.status_code == 200, answer.text
    told = somebody.get(f"/api/public/reports/{code}").json()
    assert (told["stage"], told["steps"][-1]["stage"]) == (stage, stage)
    assert told["says"]["zh"] and told["says"]["en"] and told["steps"][-1]["at"]


def test_a_report_that_was_merged_is_followed_to_the_other_one(hall: Hall) -> None:
    somebody, first, second = hall.client(), sent(hall, text="先"), sent(hall, text="后")
    for body in (first, second):
        body["code"] = somebody.post("/api/public/reports", json=dict(body)).json()["code"]
    chief, root = hall.person("merger", **CITY_ADMINISTRATOR), event_of(hall, first)[0]
    chief.post(f"/api/events/{root}/transitions", json={"verb": "accept"})
    merge = {"verb": "merge", "into": root, "note": "same"}
    answer = chief.post(f"/api/events/{event_of(hall, second)[0]}/transitions", json=merge)
    assert answer.status_code == 200, answer.text
    told = somebody.get(f"/api/public/reports/{second['code']}").json()
    assert (told["stage"], told["joined"]) == ("accepted", True)
    assert all(each["at"] >= told["reported_at"] for each in told["steps"])


def test_sent_twice_or_at_the_same_moment_it_is_one_report(hall: Hall) -> None:
    body = sent(hall, text="once")

    def send(number: int) -> httpx.Response:
        return hall.client(number % 2).post("/api/public/reports", json=body)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert sorted({each.status_code for each in answers}) == [200, 201]
    assert sum(each.status_code == 201 for each in answers) == 1
    assert len({each.json()["code"] for each in answers}) == 1
    assert event_of(hall, body)[4] == "once"
    # A lost answer: the same again much later, with another text, gives the code once more.
    again = hall.client().post("/api/public/reports", json={**body, "text": "other"})
    assert (again.status_code, again.json()) == (200, {"code": answers[0].json()["code"], "created": False})


def test_the_code_is_kept_nowhere(hall: Hall) -> None:
    body = sent(hall)
    code = hall.client().post("/api/public/reports", json=body).json()["code"]
    dump = str(
        hall.ask(
            "SELECT to_jsonb(e), to_jsonb(p) FROM event AS e JOIN public_report AS p ON p.event_id = e.id"
        )
    )
    assert code not in dump and (plain(code) or "") not in dump and body["client_id"] not in dump
    log = (hall.homes[0] / "server.log").read_text()
    assert body["client_id"] not in log


@pytest.mark.parametrize("form", ["{}", "lower", "blanks", "O and I"])
def test_a_code_may_be_typed_as_people_type(hall: Hall, form: str) -> None:
    somebody = hall.client()
    code = reported(hall, somebody)
    typed = {
        "{}": code, "lower": code.lower(), "blanks": f" {code.replace('-', ' ')} ",
        "O and I": code.replace("0", "O").replace("1", "I"),
    }[form]  # fmt: skip
    assert somebody.get(f"/api/public/reports/{typed}").status_code == 200


def test_codes_have_a_hundred_bits_and_differ(hall: Hall) -> None:
    codes = {code_of(seed(hall), secrets.token_urlsafe(18)) for _ in range(2000)}
    assert len(codes) == 2000
    assert all(len(plain(code) or "") == 20 for code in codes)
    assert code_of(b"another key" * 3, "x" * 22) != code_of(seed(hall), "x" * 22)
