"""Files for plans that wait and run while plans move on, processes die and others send theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.plan_import_jobs import PlanImporter
from grid_editor import import_queue
from spatial.database import Database, session
from spatial.rights.reader import SYSTEM
from tests.api.plan_files import as_they_are, box, geojson, send, square, work_off
from tests.api.planning import Office, good
from tests.spatial.rights.town import GRIDS


def test_two_at_once_are_done_one_after_the_other(office: Office, home: Path) -> None:
    """The second is laid on what the first made of the plan; each is a step that can be undone."""
    who = office["deputy"]
    plan = who.draft()
    one = geojson([(box(0, 0, 1, 0.5), {"name": "south"})])
    two = geojson([(box(0, 0.5, 1, 1), {"name": "north"})])
    numbers = [good(send(who, plan, file))["id"] for file in (one, two)]
    assert work_off(office, home) == 2
    seen = [who.get(f"/api/plans/{plan}/imports/{number}") for number in numbers]
    assert [(each["state"], each["step"]) for each in seen] == [("done", 1), ("done", 2)]
    assert [row["code"] for row in seen[1]["report"]["retired"]] == [GRIDS[0]]
    units = who.units(plan)
    assert {"south", "north"} <= set(units) and GRIDS[0] not in units
    who.post(f"/api/plans/{plan}/undo")
    assert GRIDS[0] in who.units(plan)


def test_a_plan_that_moved_meanwhile_keeps_what_was_done(office: Office, home: Path) -> None:
    who = office["deputy"]
    plan = who.draft()
    etag = who.get(f"/api/plans/{plan}")["etag"]
    sent = good(send(who, plan, geojson([(square(0), {"code": GRIDS[0], "name": "brought"})])))
    who.do(plan, "rename", unit=GRIDS[3], name="meanwhile")
    work_off(office, home)
    assert who.get(f"/api/plans/{plan}/imports/{sent['id']}")["step"] == 2
    units = who.units(plan)
    assert (units[GRIDS[0]]["name"], units[GRIDS[3]]["name"]) == ("brought", "meanwhile")
    late = who.ask(
        "POST", f"/api/plans/{plan}/imports", files={"file": ("a", b"1")}, headers={"If-Match": f'"{etag}"'}
    )
    assert late.status_code == 412


class Meddler(PlanImporter):
    """Is disturbed once, just before the step is kept."""

    def __init__(self, office: Office, home: Path, meddle: Callable[[], Any]) -> None:
        super().__init__(office.app_url, home)
        self._meddle: Callable[[], Any] | None = meddle

    def work_once(self, office: Office) -> None:
        database = Database(office.app_url, pool_size=3)
        database.open()
        note = import_queue.note

        def disturbed(connection: Any, number: int, stage: str, progress: float) -> bool:
            if progress == 0.9 and (meddle := self._meddle):
                self._meddle = None
                meddle()
            return note(connection, number, stage, progress)

        import_queue.note = disturbed
        try:
            with session(database, SYSTEM) as connection:
                claimed = self.claim(connection)
            assert claimed is not None
            self.work(database, claimed)
        finally:
            import_queue.note = note
            database.close()


def test_a_plan_that_moves_in_the_middle_is_worked_out_anew(office: Office, home: Path) -> None:
    who = office["deputy"]
    plan = who.draft()
    sent = good(send(who, plan, geojson([(square(0), {"code": GRIDS[0], "name": "brought"})])))
    Meddler(office, home, lambda: who.do(plan, "rename", unit=GRIDS[0], name_en="meanwhile")).work_once(
        office
    )
    assert who.get(f"/api/plans/{plan}/imports/{sent['id']}")["step"] == 2
    assert who.units(plan)[GRIDS[0]]["name_en"] == "meanwhile"
    assert who.units(plan)[GRIDS[0]]["name"] == "brought"


def test_a_plan_that_was_submitted_meanwhile_refuses_in_words(office: Office, home: Path) -> None:
    who = office["deputy"]
    plan = who.draft()
    who.do(plan, "rename", unit=GRIDS[0], name="x")
    sent = good(send(who, plan, as_they_are()))
    who.submit(plan)
    work_off(office, home)
    seen = who.get(f"/api/plans/{plan}/imports/{sent['id']}")
    assert (seen["state"], seen["problems"][0]["where"]) == ("refused", "plan")
    assert "submitted" in seen["problems"][0]["reason"]
    assert send(who, plan, as_they_are()).status_code == 409


def test_an_import_can_be_called_off(office: Office, home: Path) -> None:
    who = office["deputy"]
    plan = who.draft()
    file = geojson([(square(0), {"code": GRIDS[0], "name": "brought"})])
    waits = good(send(who, plan, file))["id"]
    path = f"/api/plans/{plan}/imports/{waits}"
    assert who.ask("DELETE", path).status_code == 204
    assert work_off(office, home) == 0
    assert who.get(path)["state"] == "cancelled"
    assert who.ask("DELETE", path).status_code == 409
    runs = good(send(who, plan, file))["id"]
    path = f"/api/plans/{plan}/imports/{runs}"
    Meddler(office, home, lambda: who.ask("DELETE", path)).work_once(office)
    assert who.get(path)["state"] == "cancelled"
    assert who.get(f"/api/plans/{plan}")["head"] == 0


def test_what_a_dead_process_was_doing_is_begun_anew_and_given_up_in_the_end(
    office: Office, home: Path
) -> None:
    who = office["deputy"]
    plan = who.draft()
    file = geojson([(square(0), {"code": GRIDS[0], "name": "brought"})])
    first, second = (good(send(who, plan, file))["id"] for _ in range(2))
    office.rows("UPDATE plan_import SET state = 'running', tries = 1 WHERE id = %s RETURNING 1", first)
    office.rows("UPDATE plan_import SET state = 'running', tries = 3 WHERE id = %s RETURNING 1", second)
    work_off(office, home)
    seen = who.get(f"/api/plans/{plan}/imports/{first}")
    assert (seen["state"], seen["step"], seen["tries"]) == ("done", 1, 2)
    seen = who.get(f"/api/plans/{plan}/imports/{second}")
    assert (seen["state"], seen["step"]) == ("failed", None)
    assert "several times" in seen["problems"][0]["reason"]


def test_no_more_files_wait_than_can_be_looked_at(office: Office, home: Path) -> None:
    who = office["deputy"]
    plan = who.draft()
    for _ in range(import_queue.MOST_WAITING):
        good(send(who, plan, b"x"))
    assert send(who, plan, b"x").status_code == 409
    assert work_off(office, home) == import_queue.MOST_WAITING
