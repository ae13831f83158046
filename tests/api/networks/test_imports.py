"""Networks brought in through HTTP: what is doubtful is confirmed, the rest goes at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.network_jobs import waiting_files
from tests.api.networks.desk import IMPORTS, NETWORKS, Desk
from tests.lifeline.networks import DATA
from tests.lifeline.store.brought import sant_boi

KY4 = (DATA / "wntr" / "ky4.inp").read_bytes()


def test_a_model_in_feet_waits_until_somebody_says_where_it_is(desk: Desk, home: Path) -> None:
    who = desk.office["chief"]
    found = desk.brought(KY4, name="ky4", filename="ky4.inp")
    assert (found["state"], found["proposals"]["confirm"]) == ("proposed", ["crs"])
    assert found["proposals"]["counts"]["links"] == 1158
    units = [each for each in found["proposals"]["evidence"] if each["what"] == "units"]
    assert units[0]["value"] == "GPM"
    path = f"{IMPORTS}/{found['id']}/confirm"
    assert who.ask("POST", path, json={"unit": "ft"}).json()["errors"][0]["where"] == "crs"
    answer = who.ask("POST", path, json={"crs": "EPSG:3547", "wait": 0})
    assert (answer.status_code, answer.json()["state"]) == (202, "confirmed")
    desk.work()
    report = desk.seen(found["id"])["report"]
    assert (report["tables"]["nodes"]["added"], report["tables"]["links"]["added"]) == (964, 1158)
    shown = who.get(f"{NETWORKS}/ky4")
    assert (shown["nodes"], shown["links"], shown["kind"], shown["crs_epsg"]) == (964, 1158, "water", 3547)
    assert shown["edition"] > shown["checked_edition"]
    assert list(waiting_files(home).iterdir()) == []
    again = desk.brought(KY4, name="ky4", crs="EPSG:3547", filename="ky4.inp")
    assert again["report"]["tables"]["links"]["unchanged"] == 1158
    assert who.get(f"{NETWORKS}/ky4")["edition"] == shown["edition"]
    assert who.ask("POST", path, json={"crs": "EPSG:3547"}).status_code == 409


def test_what_is_certain_comes_in_at_once_with_its_meters(desk: Desk, tmp_path: Path) -> None:
    found = desk.brought(sant_boi(tmp_path).read_bytes(), name="sant boi", filename="santboi_water.zip")
    assert found["state"] == "done", found
    shown = desk.office["commander"].get(f"{NETWORKS}/sant boi")
    counts = [shown[name] for name in ("nodes", "links", "devices", "services", "customers", "sources")]
    assert counts == [238, 269, 54, 478, 2398, 5]


def test_what_is_wrong_is_named(desk: Desk) -> None:
    assert desk.send(b"", name="x").json()["errors"][0]["where"] == "body"
    assert desk.send(KY4, name="x", crs="EPSG:3547", unit="inch").status_code == 400
    assert desk.send(KY4, name="x", at="here").json()["errors"][0]["where"] == "at"
    for body, words in (
        (b"[JUNCTIONS]\nJ1 0\n[COORDINATES]\nJ1 0 0\n", "no pipe"),
        (b"not a network at all", ""),
    ):
        found = desk.brought(body, name="bad", filename="bad.inp", crs="local", at="116,40")
        assert found["state"] == "refused" and re.search(words, str(found["problems"])), found
    found = desk.brought(KY4, name="bad", filename="ky4.inp", crs="EPSG:99999")
    assert (found["state"], found["problems"][0]["where"]) == ("refused", "crs")
    assert desk.office["chief"].ask("GET", f"{NETWORKS}/bad").status_code == 404


def test_an_import_can_be_called_off(desk: Desk, home: Path) -> None:
    who = desk.office["chief"]
    number = desk.brought(KY4, name="never", filename="ky4.inp")["id"]
    assert who.ask("DELETE", f"{IMPORTS}/{number}").status_code == 204
    assert who.ask("DELETE", f"{IMPORTS}/{number}").status_code == 409
    assert desk.seen(number)["state"] == "cancelled"


@pytest.mark.parametrize("who", ["viewer", "street 1", "commander", "field"])
def test_whoever_runs_no_networks_brings_none_in(desk: Desk, who: str) -> None:
    assert desk.send(KY4, who, name="mine", crs="EPSG:3547").status_code == 403


def test_a_network_goes_with_all_it_is_made_of(desk: Desk) -> None:
    who = desk.office["chief"]
    desk.brought((DATA / "wntr" / "Net3.inp").read_bytes(), name="gone", filename="Net3.inp",
                 crs="local", at="116.3,40.0")  # fmt: skip
    assert who.get(f"{NETWORKS}/gone")["links"] == 119
    assert who.ask("DELETE", f"{NETWORKS}/gone").status_code == 204
    assert who.ask("GET", f"{NETWORKS}/gone").status_code == 404
