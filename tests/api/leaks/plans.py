"""Plans: their units, steps, imports, and what is told beside a border."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.leaks.alike import NOBODY_THERE, like_nothing
from tests.api.leaks.eyes import Eyes


def plans(eyes: Eyes) -> None:
    """Lists hold own plans; a page further is no more than that."""
    wanted = {row["id"] for row in eyes.rows["plan"] if eyes.sees("plan", row)}
    found = {str(each["id"]) for each in eyes.get("/api/plans?limit=500")["plans"]}
    eyes.expect("plans", found, wanted)


def plan(method: str, path: str, sent: Any = None) -> Callable[[Eyes], None]:
    """A plan of another area answers like none, whatever is tried; own ones: tests/api/test_plans.py."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["plan"]:
            sees = eyes.sees("plan", row)
            if method == "GET" or not sees:
                like_nothing(eyes, path, row["id"], sees, method, **({} if sent is None else {"json": sent}))

    return probe


def plan_units(eyes: Eyes) -> None:
    """In whatever is told of a plan stands no unit of another area, by id, code or name."""
    foreign = [row for row in eyes.rows["unit_version"] if not eyes.sees("unit_version", row)]
    words = [word for row in foreign for word in (row["unit_id"], f'"{row["code"]}"', f'"{row["name"]}"')]
    for row in eyes.rows["plan"]:
        for what in PLAN_VIEWS:
            path = f"/api/plans/{{}}/{what}"
            like_nothing(eyes, path, row["id"], eyes.sees("plan", row))
            text = eyes.ask("GET", path.format(row["id"])).text
            eyes.expect(f"foreign units in {path}", [word for word in words if word in text], [])
        if eyes.sees("plan", row):
            units = eyes.get(f"/api/plans/{row['id']}/units?bbox=-180,-90,180,90")["units"]["features"]
            own = {
                code for code in eyes.own("grids") if eyes.reader.reach == "city" or code != eyes.reader.area
            }
            eyes.expect("grids of a plan", {each["properties"]["code"] for each in units}, own)


def live_points(eyes: Eyes) -> None:
    """What is added up beside a dragged border is the own rows, each in its place."""
    found = eyes.get("/api/plans/points?bbox=116.25,39.85,116.45,40.1")
    sums = dict.fromkeys(found["kinds"], 0.0)
    for kind, weight in zip(found["kind"], found["weight"], strict=True):
        sums[found["kinds"][kind]] += weight
    tables = {"places": "place", "components": "component", "events_open": "event", "events_year": "event"}
    for kind, table in tables.items():
        own = [row for row in eyes.rows[table] if eyes.sees(table, row)]
        eyes.expect(f"{kind} of the live points", sums[kind], float(len(own)))


def quarrel_map(eyes: Eyes) -> None:
    """Borders are told by the own units beside them; what lies beyond has neither name nor figure."""
    found = eyes.get("/api/grids/quarrels?bbox=116.25,39.85,116.45,40.1")["features"]
    own = {row["unit_id"] for row in eyes.rows["unit_version"] if eyes.sees("unit_version", row)}
    for arc in (feature["properties"] for feature in found):
        sides = {arc["left"], arc["right"]} - {None}
        eyes.expect("units beside a border that are not the own", sides - own, set())
        for side in ("left", "right"):
            eyes.expect("figure of a foreign side", arc[f"of_{side}"] is None, arc[side] is None)
    # An organisation sees a part of the events everywhere: no figure of it would be true anywhere.
    eyes.expect("borders", bool(found), eyes.reader.reach != "organisation")


def plan_suggestions(eyes: Eyes) -> None:
    """Of a foreign plan there is nothing; a foreign unit is refused like one that is not there."""
    foreign = [row for row in eyes.rows["unit_version"] if not eyes.sees("unit_version", row)]
    for row in eyes.rows["plan"]:
        path = "/api/plans/{}/suggestions?kind=split&parts=2&units="
        like_nothing(eyes, path, row["id"], eyes.sees("plan", row))
        if eyes.sees("plan", row):
            codes = [each["code"] for each in foreign if each["coverage"] == "grids"]
            texts = [eyes.ask("GET", path.format(row["id"]) + code).text for code in (*codes, "nothing")]
            eyes.expect(
                "suggestions for foreign units", [text for text in texts if "is no unit" not in text], []
            )


def plan_import(method: str) -> Callable[[Eyes], None]:
    """An import of a plan that one may not see, or of an area that others brought in, answers like none."""

    def probe(eyes: Eyes) -> None:
        for row in eyes.rows["plan_import"]:
            path, sees = f"/api/plans/{row['plan_id']}/imports/{{}}", eyes.sees("plan_import", row)
            if sees and method == "GET":
                eyes.expect("own import", eyes.get(path.format(row["id"]))["id"], int(row["id"]))
            if not sees:
                found, nothing = (
                    (answer.status_code, answer.text.replace(f"import '{number}'", "?"))
                    for number in (row["id"], NOBODY_THERE)
                    if (answer := eyes.ask(method, path.format(number)))
                )
                eyes.expect(f"{method} {path}", found, nothing)
                eyes.expect(f"{method} {path}: refused", found[0] >= 400, True)

    return probe


PLAN_VIEWS = (
    "units?bbox=-180,-90,180,90", "tree", "problems", "impact", "diff", "conflicts", "steps", "comments",
    "streets",
)  # fmt: skip
