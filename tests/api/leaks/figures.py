"""Figures and analyses: what is counted is the own."""

from __future__ import annotations

from typing import Any

from tests.api.leaks.eyes import Eyes


def figures(eyes: Eyes) -> None:
    """Figures add up own events alone, whatever they are grouped by, from the cubes and from the events."""
    own = [row for row in eyes.rows["event"] if eyes.sees("event", row)]
    codes = {row["unit_code"] for row in own}
    for by in ("all", "unit", "organisation", "source", "category", "class", "person"):
        for more in ("bucket=all", "bucket=day&level=4", "bucket=month&basis=step&level=3", "level=1"):
            answer = eyes.get(f"/api/figures/events?by={by}&{more}")
            counts = answer["total"]["counts"]
            eyes.expect(f"figures by {by}, {more}", counts["reported"], len(own))
            if answer["basis"] == "report":
                returns = sum(int(row["returned_count"]) for row in own)
                eyes.expect(f"returns by {by}, {more}", counts["returns"], returns)
            if by == "unit":
                keys = {row["key"] for row in answer["rows"]}
                foreign = {key for key in keys if not any(code.startswith(key) for code in codes)}
                eyes.expect(f"foreign units of figures, {more}", foreign, set())
            if by == "organisation":
                wanted = {row["organisation_id"] for row in own}
                eyes.expect("organisations of figures", {row["key"] for row in answer["rows"]}, wanted)
    anew = eyes.get("/api/figures/events?by=unit&level=4&counted=restated")
    eyes.expect("restated figures", anew["total"]["counts"]["reported"], len(own))
    shown = {row["key"] for row in anew["rows"]} - {None}
    eyes.expect("foreign units of restated figures", shown - eyes.own("grids"), set())


def tickets(eyes: Eyes) -> None:
    """Behind a number of a foreign unit there is nothing."""
    listed = eyes.get("/api/figures/events/tickets?limit=1000")
    eyes.expect("tickets", {str(row["id"]) for row in listed["tickets"]}, eyes.own("events"))
    eyes.expect("count of tickets", listed["count"], len(eyes.own("events")))
    for row in eyes.rows["event"]:
        path = f"/api/figures/events/tickets?by=unit&level=4&key={row['unit_code']}"
        eyes.expect(path, eyes.get(path)["count"], int(eyes.sees("event", row)))


def analyses(eyes: Eyes) -> None:
    """Every analysis looks at own events alone, and names no foreign unit or place."""
    own, category = eyes.own("events"), eyes.rows["event"][0]["category"]
    for name in ("clusters", "space-time-scan", "surges", "hot-places", "near-things"):
        more = f"?category={category}" if name == "near-things" else ""
        facts = eyes.get(f"/api/analysis/{name}{more}")["facts"]
        eyes.expect(f"events of {name}", facts["counted"], len(own))
    for by in ("spots", "places", "names"):
        page = eyes.get(f"/api/analysis/hot-places?by={by}&least=2&radius_m=5000")["features"]
        found = {str(event) for each in page for event in each["properties"]["events"]}
        eyes.expect(f"foreign events of hot places by {by}", found - own, set())
    places = {row["name"] for row in eyes.rows["place"] if eyes.sees("place", row)}
    named = eyes.get("/api/analysis/hot-places?by=places&least=2&radius_m=5000")["features"]
    eyes.expect("foreign hot places", {each["properties"]["name"] for each in named} - places, set())
    series = set(eyes.get("/api/analysis/forecast?by=grid")["facts"]["errors"])
    eyes.expect("foreign series of a forecast", series - {row["unit_code"] for row in seen_by(eyes)}, set())
    for asked in ("emerging-hot-spots?level=grid", "hot-spots?level=grid"):
        answer = eyes.ask("GET", f"/api/analysis/{asked}")
        codes = {each["properties"]["code"] for each in answer.json().get("features", [])}
        eyes.expect(f"foreign units of {asked}", codes - eyes.own("grids"), set())


def seen_by(eyes: Eyes) -> list[dict[str, Any]]:
    return [row for row in eyes.rows["event"] if eyes.sees("event", row)]
