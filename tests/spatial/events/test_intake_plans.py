"""How PostgreSQL goes about the statements that intake and its afterwork run most often."""

from __future__ import annotations

from spatial.database import connect, query
from spatial.events import duplicates
from tests.spatial.events.desk import Town


def plan(town: Town, statement: str, **values: object) -> str:
    """Plan as for a large city: no table is so small that it is read from end to end."""
    with connect(town.url) as owner:
        owner.execute("SET enable_seqscan = off")
        rows = owner.execute("EXPLAIN " + statement, values).fetchall()
    return "\n".join(row[0] for row in rows)


def test_duplicates_are_found_by_place_alone(town: Town) -> None:
    """The index of moments would name every page of a week, for each event anew."""
    reach = {
        "reach_m": duplicates.REACH_M,
        "days": duplicates.WINDOW_DAYS,
        "neighbours": duplicates.NEIGHBOURS,
    }
    found = plan(town, query("spatial.events", "duplicates_find"), ids=[1, 2, 3], least=0.6, **reach)
    assert "ix_event_geom" in found
    assert "ix_event_occurred_at" not in found


def test_what_was_sent_before_is_found_by_its_number(town: Town) -> None:
    found = plan(town, query("spatial.events", "intake_known"), sources=["app"], external_ids=["1"])
    assert "uq_event_source_external_id" in found


def test_new_figures_are_counted_by_a_statement_that_is_written_out(town: Town) -> None:
    """An EXECUTE would be planned anew for every report."""
    text = town.ask("SELECT prosrc FROM pg_proc WHERE proname = 'count_new_figures'")[0][0]
    assert "INSERT INTO figure_change" in text
    assert "EXECUTE" not in text
    assert "before_rows" not in text
