"""Jobs end to end: a real worker, a real job process, and accounts whose rights change meanwhile."""

from __future__ import annotations

import signal
import time
from typing import Any

import httpx
import pytest

from spatial.database import connect
from tests.api import test_exports
from tests.api.test_exports import DEADLINE_S, Office
from tests.spatial.rights.town import GRIDS, STREETS

office = pytest.fixture(scope="module")(test_exports.office.__wrapped__)
SHIFT = {"coordinates": [[116.3, 39.9]], "from": "wgs84", "to": "gcj02"}
COUNT = {"layer": "places", "level": "grid"}


def ask(client: httpx.Client, name: str, inputs: dict[str, Any], **more: Any) -> str:
    """Ask for a job; gives its path."""
    answer = client.post(
        f"/ogc/processes/{name}/execution",
        json={"inputs": inputs, **more},
        headers={"prefer": "respond-async"},
    )
    assert answer.status_code == 201, answer.text
    (location,) = [value for key, value in answer.headers.raw if key == b"Location"]
    return "/ogc" + location.decode().partition("/ogc")[2]


def wait(client: httpx.Client, path: str, *states: str) -> dict[str, Any]:
    """Wait until a job is in one of the states."""
    deadline, found = time.monotonic() + DEADLINE_S, {}
    while time.monotonic() < deadline:
        found = client.get(path).json()
        if found["status"] in states:
            return found
        time.sleep(0.03)
    raise AssertionError(f"the job stays {found}")


def ended(client: httpx.Client, path: str) -> dict[str, Any]:
    return wait(client, path, "successful", "failed")


def counts(client: httpx.Client, path: str) -> dict[str, int]:
    answer = client.get(f"{path}/results")
    assert answer.status_code == 200, answer.text
    return {each["id"]: each["properties"]["count"] for each in answer.json()["features"]}


def test_conf_core_job_creation_status_and_results(office: Office) -> None:
    """job-creation-success-async, job-success, job-results-async-raw-value-one, -async-document."""
    client = office.hall.person("asker", role="district_administrator", reach="city")
    with office.working():
        path = ask(client, "aggregate-by-grid", COUNT)
        found = ended(client, path)
        assert found["status"] == "successful", found
        assert found["progress"] == 100
        assert found["created"] <= found["started"] <= found["finished"] <= found["updated"]
        (results,) = [each["href"] for each in found["links"] if each["rel"].endswith("/results")]
        answer = client.get(results)
        assert answer.headers["content-type"] == "application/geo+json"
        at_once = client.post("/ogc/processes/aggregate-by-grid/execution", json={"inputs": COUNT})
        assert answer.content == at_once.content
        assert counts(client, path)[GRIDS[0]] == test_exports.ROWS + 1
        path = ask(client, "datum-shift", SHIFT, response="document")
        ended(client, path)
        assert set(client.get(f"{path}/results").json()) == {"shifted"}
        points = {"points": [[116.3, 39.9]]}
        path = ask(client, "locate", points)
        ended(client, path)
        assert client.get(f"{path}/results").json() == client.post("/api/grids/locate", json=points).json()
    page = client.get(f"{path}?f=html").text
    assert "successful" in page
    assert client.delete(path).json()["status"] == "dismissed"
    assert client.get(path).status_code == 404, "a job that has ended goes at once"


def test_conf_core_job_results_failed(office: Office) -> None:
    """The answer says what failed, with the status that it would have had at once."""
    client = office.hall.person("failer", role="district_administrator", reach="city")
    with office.working():
        path = ask(client, "heatmap", {"layer": "no such layer"})
        found = ended(client, path)
    assert found["status"] == "failed"
    assert "no such layer" in found["message"]
    answer = client.get(f"{path}/results")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["where"] == "inputs.layer"


def test_conf_core_job_results_not_ready(office: Office) -> None:
    office.pause()
    client = office.hall.person("hasty", role="viewer")
    path = ask(client, "datum-shift", SHIFT)
    answer = client.get(f"{path}/results")
    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/ogcapi-processes-1/1.0/result-not-ready")
    assert client.delete(path).json()["status"] == "dismissed"
    with office.working():
        time.sleep(0.5)
    assert client.get(path).json()["status"] == "dismissed"
    assert client.get(f"{path}/results").status_code == 404


def test_conf_dismiss_while_running(office: Office) -> None:
    """The statement ends in the database, and the next job begins."""
    client = office.hall.person("impatient", role="district_administrator", reach="city")
    with office.working(), connect(office.hall.url) as owner:
        owner.execute("LOCK TABLE place IN ACCESS EXCLUSIVE MODE")
        path = ask(client, "aggregate-by-grid", COUNT)
        wait(client, path, "running")
        assert client.delete(path).json()["status"] == "dismissed"
        assert client.get(path).json()["status"] == "dismissed"
        following = ask(client, "datum-shift", SHIFT)
        assert ended(client, following)["status"] == "successful", "though the table is locked still"
        owner.rollback()
    assert client.get(path).json()["status"] == "dismissed"


def test_the_rights_at_the_time_of_calculating_decide(office: Office) -> None:
    office.pause()
    client = office.hall.person("mover", role="street_administrator", area=STREETS[0])
    path = ask(client, "aggregate-by-grid", COUNT)
    account = office.hall.account("mover", role="street_administrator", area=STREETS[1])
    with office.working():
        client = office.hall.client(token=office.hall.key(account))
        ended(client, path)
    found = counts(client, path)
    assert found == {grid: 1 for grid in GRIDS if grid.startswith(STREETS[1])}
    office.hall.account("mover", role="viewer", area=STREETS[1])
    client = office.hall.client(token=office.hall.key(account))
    refused = client.get(f"{path}/results")
    assert (refused.status_code, "ask for it anew" in refused.text) == (409, True)


def test_nobody_elses_job_answers(office: Office) -> None:
    own = office.hall.person("owner", role="viewer", area=STREETS[0])
    other = office.hall.person("chief", role="district_administrator", reach="city")
    with office.working():
        path = ask(own, "aggregate-by-grid", COUNT)
        ended(own, path)
    nothing = "/ogc/jobs/00000000-0000-0000-0000-000000000000"
    for method, tail in (("GET", ""), ("GET", "/results"), ("DELETE", "")):
        answer, none = (other.request(method, each + tail) for each in (path, nothing))
        assert (answer.status_code, answer.text) == (none.status_code, none.text)
    assert other.get("/ogc/jobs").json()["jobs"] == []
    assert [
        each["jobID"] for each in own.get("/ogc/jobs?status=successful&maxDuration=60").json()["jobs"]
    ] == [path.rpartition("/")[2]]
    assert own.get("/ogc/jobs?minDuration=3600").json()["jobs"] == []


def test_an_account_that_was_disabled_gets_nothing(office: Office) -> None:
    office.pause()
    client = office.hall.person("left", role="viewer", area=STREETS[0])
    number = ask(client, "datum-shift", SHIFT).rpartition("/")[2]
    office.hall.ask("UPDATE account SET disabled = true WHERE username = 'left' RETURNING id")
    with office.working():
        deadline, state = time.monotonic() + DEADLINE_S, "accepted"
        while state not in ("failed", "successful") and time.monotonic() < deadline:
            time.sleep(0.1)
            ((state, message),) = office.hall.ask(
                "SELECT state, message FROM process_job WHERE number = %s", number
            )
    assert (state, "may not log in" in message) == ("failed", True)


def test_a_job_whose_process_was_killed_is_begun_anew(office: Office) -> None:
    client = office.hall.person("unlucky", role="district_administrator", reach="city")
    with office.working(), connect(office.hall.url) as owner:
        owner.execute("LOCK TABLE place IN ACCESS EXCLUSIVE MODE")
        path = ask(client, "aggregate-by-grid", COUNT)
        wait(client, path, "running")
        office.end(signal.SIGKILL)
        owner.rollback()
    office.start()
    assert ended(client, path)["status"] == "successful"
    tries = office.hall.ask("SELECT tries FROM process_job WHERE number = %s", path.rpartition("/")[2])
    assert tries == [(2,)]


@pytest.mark.slow
def test_a_job_that_ends_its_process_again_and_again_fails(office: Office) -> None:
    office.end()
    client = office.hall.person("deadly", role="viewer")
    path = ask(client, "datum-shift", SHIFT)
    number = path.rpartition("/")[2]
    office.hall.ask(
        "UPDATE process_job SET state = 'running', tries = 3 WHERE number = %s RETURNING 1", number
    )
    office.start()
    found = ended(client, path)
    assert (found["status"], "ended several times" in found["message"]) == ("failed", True)
    assert client.get(f"{path}/results").status_code == 503


@pytest.mark.slow
def test_what_has_expired_is_gone(office: Office) -> None:
    client = office.hall.person("late", role="viewer")
    with office.working():
        path = ask(client, "datum-shift", SHIFT)
        ended(client, path)
    number = path.rpartition("/")[2]
    office.hall.ask("UPDATE process_job SET expires_at = now() WHERE number = %s RETURNING 1", number)
    assert client.get(path).status_code == 404
    assert client.get("/ogc/jobs").json()["jobs"] == []
    office.end()
    office.start()
    deadline = time.monotonic() + DEADLINE_S
    while office.hall.ask("SELECT 1 FROM process_job WHERE number = %s", number):
        assert time.monotonic() < deadline
        time.sleep(0.1)
