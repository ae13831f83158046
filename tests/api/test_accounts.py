"""Administration of accounts: nobody gives more than they have, and foreign accounts are not there."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from spatial.database import connect
from spatial.errors import Conflict
from spatial.people.administration import change_account
from spatial.rights.reader import Reader
from tests.api.test_login import form
from tests.api.town_hall import CITY_ADMINISTRATOR, STREET_ADMINISTRATOR, Hall
from tests.spatial.rights.town import COMMUNITIES, DISTRICT, GRIDS, STREETS

HERE, THERE = STREETS
VIEWER = {"display_name": "新人", "role": "viewer", "reach": "area", "area": HERE}


class Names:
    """User names that no test has had."""

    number = 0

    def __call__(self) -> str:
        Names.number += 1
        return f"new{Names.number}"


name = Names()


def make(client: httpx.Client, **sent: Any) -> httpx.Response:
    return client.post("/api/accounts", json={"username": name(), **VIEWER, **sent})


def worker(hall: Hall, grid: str) -> int:
    return hall.ask("SELECT id FROM worker WHERE code = %s", f"W{grid}")[0][0]


def test_a_made_account_logs_in_once_and_chooses_a_password(hall: Hall, chief: httpx.Client) -> None:
    answer = make(chief, organisation_id=hall.organisation(), worker_id=worker(hall, GRIDS[0]))
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    assert made["must_change_password"] is True
    assert made["created_by"] == hall.ask("SELECT id FROM account WHERE username = 'chief'")[0][0]
    assert "password_hash" not in made
    me = hall.client().post("/api/auth/session", data=form(made["username"], made["password"])).json()
    assert (me["role"], me["area"], me["must_change_password"]) == ("viewer", HERE, True)
    shown = chief.get(f"/api/accounts/{made['id']}").json()
    assert "password" not in shown
    assert shown["last_login_at"] is not None


def test_whoever_administers_nobody_is_told_so(hall: Hall) -> None:
    for number, role in enumerate(("viewer", "field_worker", "analyst", "commander")):
        client = hall.person(f"simple{number}", role=role, reach="city")
        for method, path in [
            ("GET", "/api/accounts"),
            ("GET", "/api/accounts/1"),
            ("POST", "/api/accounts/1/password"),
            ("GET", "/api/accounts/1/keys"),
            ("DELETE", "/api/accounts/1/keys/1"),
        ]:
            assert client.request(method, path).status_code == 403
        assert make(client).status_code == 403
        assert client.patch("/api/accounts/1", json={"disabled": True}).status_code == 403
        organisations = {"code": "x", "name": "x", "name_en": "x", "kind": "x"}
        assert client.post("/api/organisations", json=organisations).status_code == 403
        assert client.get("/api/layers/events/grants").status_code == 403


@pytest.mark.parametrize(
    "sent",
    [
        {"id": 1},
        {"password": "x"},
        {"password_hash": "x"},
        {"must_change_password": False},
        {"disabled": True},
        {"created_by": 1},
        {"created_at": "2026-01-01T00:00:00Z"},
        {"last_login_at": None},
        {"layers": ["events"]},
        {"scope": "all"},
        {"is_admin": True},
        {"__class__": "x"},
        {"Role": "system"},
    ],
)
def test_a_field_that_is_not_asked_for_is_refused_by_its_name(chief: httpx.Client, sent: dict) -> None:
    answer = make(chief, **sent)
    assert answer.status_code == 400
    assert [error["where"] for error in answer.json()["errors"]] == list(sent)
    own = chief.get("/api/accounts").json()["accounts"][0]["id"]
    if "disabled" not in sent:
        changed = chief.patch(f"/api/accounts/{own}", json=sent)
        assert changed.status_code == 400
        assert [error["where"] for error in changed.json()["errors"]] == list(sent)


@pytest.mark.parametrize(
    ("sent", "where"),
    [
        ({"role": "system"}, "role"),
        ({"role": "superuser"}, "role"),
        ({"role": ["viewer"]}, "role"),
        ({"reach": "world"}, "reach"),
        ({"reach": "city"}, "area"),
        ({"area": None}, "area"),
        ({"area": "990101009"}, "area"),
        ({"area": "' OR true --"}, "area"),
        ({"area": "%"}, "area"),
        ({"area": f"{HERE}\0"}, "request"),
        ({"organisation_id": 2**40}, "organisation_id"),
        ({"organisation_id": 2**64}, "organisation_id"),
        ({"organisation_id": "1"}, "organisation_id"),
        ({"organisation_id": 1.5}, "organisation_id"),
        ({"reach": "organisation", "area": None}, "organisation_id"),
        ({"worker_id": 2**40}, "worker_id"),
        ({"worker_id": -1}, "worker_id"),
        ({"username": "Li"}, "username"),
        ({"username": "system"}, "username"),
        ({"username": "a\0b"}, "username"),
        ({"username": "x" * 300}, "username"),
        ({"username": ""}, "username"),
        ({"display_name": " "}, "display_name"),
        ({"display_name": "a\nb"}, "display_name"),
        ({"display_name": "\u202egnp.exe"}, "display_name"),
        ({"display_name": "x" * 101}, "display_name"),
        ({"display_name": None}, "display_name"),
    ],
)
def test_a_wrong_value_is_refused_by_its_field(chief: httpx.Client, sent: dict, where: str) -> None:
    answer = make(chief, **sent)
    assert answer.status_code == 400, answer.text
    assert where in [error["where"] for error in answer.json()["errors"]]


def test_half_a_character_and_a_megabyte_are_no_500(chief: httpx.Client) -> None:
    for username in ("\ud83d", "x" * 2**20):
        body = json.dumps({"username": username, **VIEWER})
        answer = chief.post("/api/accounts", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 413)


def test_a_name_is_given_once(chief: httpx.Client, street: httpx.Client) -> None:
    taken = name()
    assert make(chief, username=taken, area=THERE).status_code == 201
    for client in (chief, street):
        answer = make(client, username=taken)
        assert (answer.status_code, answer.json()["detail"]) == (409, "this user name cannot be used")


class TestStreetAdministrator:
    @pytest.mark.parametrize(
        "sent",
        [
            {"role": "viewer", "area": HERE},
            {"role": "field_worker", "area": GRIDS[0]},
            {"role": "street_administrator", "area": COMMUNITIES[0]},
        ],
    )
    def test_it_gives_what_lies_inside(self, street: httpx.Client, sent: dict) -> None:
        assert make(street, **sent).status_code == 201

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"role": "district_administrator"}, "role"),
            ({"role": "analyst"}, "role"),
            ({"role": "commander"}, "role"),
            ({"area": THERE}, "area"),
            ({"area": DISTRICT}, "area"),
            ({"area": GRIDS[-1]}, "area"),
            ({"reach": "city", "area": None}, "reach"),
        ],
    )
    def test_it_does_not_give_more(self, street: httpx.Client, sent: dict, field: str) -> None:
        answer = make(street, **sent)
        assert answer.status_code == 403
        assert field in answer.json()["detail"]

    def test_it_does_not_give_an_organisation_whose_rows_lie_elsewhere(self, hall, street) -> None:
        water, roads = hall.organisation(), hall.organisation("roads")
        assert make(street, organisation_id=water).status_code == 403
        of_water = hall.person("street.water", **STREET_ADMINISTRATOR, organisation_id=water)
        assert make(of_water, organisation_id=water).status_code == 201
        assert make(of_water, organisation_id=roads).status_code == 403

    def test_it_names_only_workers_of_its_own(self, hall: Hall, street: httpx.Client) -> None:
        assert make(street, worker_id=worker(hall, GRIDS[0])).status_code == 201
        foreign = make(street, worker_id=worker(hall, GRIDS[-1]))
        nobody = make(street, worker_id=2**40)
        assert (foreign.status_code, foreign.text) == (400, nobody.text)
        # Its organisation's people in another area are seen, and yet not given away.
        water = hall.organisation()
        of_water = hall.person("street.water", **STREET_ADMINISTRATOR, organisation_id=water)
        theirs = hall.ask(
            "SELECT id FROM worker WHERE organisation_id = %s AND unit_code >= %s", water, THERE
        )[0][0]
        assert make(of_water, worker_id=theirs).text == nobody.text

    def test_foreign_accounts_are_not_there(self, hall: Hall, street: httpx.Client) -> None:
        """Neither of another street, nor of more power inside the own one; in the same words as nobody."""
        foreign = [
            hall.account("viewer.there", area=THERE),
            hall.account("viewer.district", area=DISTRICT),
            hall.account("chief.here", role="district_administrator", area=HERE),
            hall.account("analyst.here", role="analyst", area=HERE),
            hall.account("water.here", area=HERE, organisation_id=hall.organisation()),
            hall.account("chief.city", **CITY_ADMINISTRATOR),
            hall.account("water.all", reach="organisation", organisation_id=hall.organisation()),
        ]
        granted = hall.account("granted.here", area=HERE)
        hall.ask("INSERT INTO layer_grant (layer, account_id) VALUES ('events', %s)", granted)
        listed = {account["id"] for account in pages(street)}
        own = hall.account("viewer.here", area=GRIDS[0])
        for account in [*foreign, granted]:
            assert account not in listed
            for method, path, body in [
                ("GET", "", None),
                ("PATCH", "", {"display_name": "x"}),
                ("PATCH", "", {"disabled": True}),
                ("PATCH", "", {"area": HERE, "role": "viewer"}),
                ("POST", "/password", None),
                ("GET", "/keys", None),
                ("POST", "/keys", {"name": "x"}),
                ("DELETE", "/keys/1", None),
            ]:
                there = street.request(method, f"/api/accounts/{account}{path}", json=body)
                nobody = street.request(method, f"/api/accounts/{2**40}{path}", json=body)
                assert (there.status_code, there.text) == (404, nobody.text), (account, method, path)
        assert street.get(f"/api/accounts/{own}").status_code == 200
        hall.ask("DELETE FROM layer_grant WHERE account_id = %s", granted)

    def test_it_moves_nobody_out_or_up(self, hall: Hall, street: httpx.Client) -> None:
        path = f"/api/accounts/{hall.account('movable', area=GRIDS[0])}"
        assert street.patch(path, json={"area": GRIDS[1], "display_name": "搬"}).json()["area"] == GRIDS[1]
        for sent in (
            {"area": THERE},
            {"role": "district_administrator"},
            {"reach": "city", "area": None},
            {"organisation_id": hall.organisation()},
        ):
            assert street.patch(path, json=sent).status_code == 403, sent
        assert street.get(path).json()["area"] == GRIDS[1]

    def test_the_list_is_of_its_own_street(self, hall: Hall, street: httpx.Client) -> None:
        hall.account("viewer.here", area=GRIDS[0])
        hall.account("viewer.there", area=THERE)
        found = pages(street)
        assert {"street", "viewer.here"} <= {account["username"] for account in found}
        assert all(account["area"].startswith(HERE) for account in found)
        assert all(set(account["layers"]) == set() for account in found)

    def test_over_the_city_or_an_organisation_it_administers_itself_alone(self, hall: Hall) -> None:
        water = hall.organisation()
        for standing in ({"reach": "city"}, {"reach": "organisation", "organisation_id": water}):
            client = hall.person("street.wide", role="street_administrator", **standing)
            assert [account["username"] for account in pages(client)] == ["street.wide"]
            assert make(client).status_code == 403


def pages(client: httpx.Client) -> list[dict[str, Any]]:
    """Read the whole list, page by page."""
    found, after = [], 0
    while after is not None:
        page = client.get("/api/accounts", params={"limit": 3, "after": after}).json()
        found += page["accounts"]
        after = page["next"]
    return found


class TestDistrictAdministrator:
    def test_over_an_area_it_gives_every_role_inside(self, hall: Hall) -> None:
        client = hall.person("district", role="district_administrator", reach="area", area=DISTRICT)
        for role in ("analyst", "commander", "district_administrator", "street_administrator"):
            assert make(client, role=role, area=THERE).status_code == 201
        assert make(client, reach="city", area=None).status_code == 403
        assert make(client, reach="organisation", area=None, organisation_id=1).status_code == 403

    def test_over_the_city_it_sees_and_gives_everything(self, hall: Hall, chief: httpx.Client) -> None:
        made = make(chief, **CITY_ADMINISTRATOR, area=None)
        assert made.status_code == 201
        water = hall.organisation()
        assert make(chief, reach="organisation", area=None, organisation_id=water).status_code == 201
        assert len(pages(chief)) == hall.ask("SELECT count(*) FROM account")[0][0]


class TestOneself:
    @pytest.mark.parametrize(
        "sent",
        [
            {"role": "district_administrator"},
            {"role": "viewer"},
            {"reach": "city", "area": None},
            {"area": DISTRICT},
            {"area": HERE},
            {"organisation_id": 1},
            {"worker_id": 1},
            {"disabled": True},
            {"disabled": False},
            {"display_name": "x", "role": "commander"},
        ],
    )
    @pytest.mark.parametrize("who", ["chief", "street"])
    def test_nobody_changes_their_own_standing(self, hall: Hall, request, who: str, sent: dict) -> None:
        client = request.getfixturevalue(who)
        own = hall.ask("SELECT id FROM account WHERE username = %s", who)[0][0]
        before = client.get(f"/api/accounts/{own}").json()
        assert client.patch(f"/api/accounts/{own}", json=sent).status_code == 403
        assert client.get(f"/api/accounts/{own}").json() == before

    def test_the_own_name_may_be_changed_and_the_password_by_the_old_one_only(self, hall, street) -> None:
        own = hall.ask("SELECT id FROM account WHERE username = 'street'")[0][0]
        assert street.patch(f"/api/accounts/{own}", json={"display_name": "我"}).status_code == 200
        assert street.post(f"/api/accounts/{own}/password").status_code == 403


class TestLastAdministrator:
    def test_one_is_always_left(self, hall: Hall) -> None:
        """Two who take each other away at the same moment: one of them stays."""
        hall.ask(
            "UPDATE account SET disabled = true WHERE role = 'district_administrator' AND reach = 'city'"
        )
        pair = [hall.account(f"last{n}", **CITY_ADMINISTRATOR) for n in (1, 2)]
        hall.ask("UPDATE account SET disabled = false WHERE id = ANY(%s)", pair)
        clients = [hall.client(n, token=hall.key(account)) for n, account in enumerate(pair)]
        for client in clients:
            assert client.get("/api/me").status_code == 200
        changes = [{"disabled": True}, {"role": "viewer"}]

        def take_away(number: int) -> int:
            path = f"/api/accounts/{pair[1 - number]}"
            return clients[number].patch(path, json=changes[number]).status_code

        with ThreadPoolExecutor(2) as both:
            answers = sorted(both.map(take_away, (0, 1)))
        assert answers[0] == 200
        assert answers[1] in (401, 403, 409)
        left = hall.ask(
            "SELECT count(*) FROM account"
            " WHERE role = 'district_administrator' AND reach = 'city' AND NOT disabled"
        )
        assert left == [(1,)]
        hall.ask("UPDATE account SET disabled = false WHERE role = 'district_administrator'")

    def test_the_last_one_is_refused_in_words(self, hall: Hall) -> None:
        last = hall.account("chief", **CITY_ADMINISTRATOR)
        with connect(hall.url) as connection:
            connection.execute(
                "UPDATE account SET disabled = true WHERE role = 'district_administrator' AND id <> %s",
                [last],
            )
            somebody = Reader(2**40, "x", "x", "district_administrator")
            for change in ({"disabled": True}, {"role": "analyst"}, {"reach": "area", "area": HERE}):
                with pytest.raises(Conflict, match="last active administrator"):
                    change_account(connection, somebody, last, change)
            connection.rollback()


@pytest.mark.parametrize(
    "number", ["0", "-1", str(2**63), "9" * 400, "1e3", "%00", "٣", "1;DROP TABLE account"]
)
def test_no_number_is_a_500(chief: httpx.Client, number: str) -> None:
    for method, path in [
        ("GET", f"/api/accounts/{number}"),
        ("PATCH", f"/api/accounts/{number}"),
        ("POST", f"/api/accounts/{number}/password"),
        ("GET", f"/api/accounts/{number}/keys"),
        ("DELETE", f"/api/accounts/1/keys/{number}"),
        ("DELETE", f"/api/me/keys/{number}"),
        ("PATCH", f"/api/organisations/{number}"),
        ("GET", f"/api/accounts?after={number}"),
        ("GET", f"/api/accounts?limit={number}"),
    ]:
        answer = chief.request(method, path, json={"display_name": "x"} if method == "PATCH" else None)
        good = answer.status_code == 200 and "after=0" in path
        assert good or answer.status_code in (400, 404), (method, path, answer.text)
