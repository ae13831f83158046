"""Tasks and messages to people and vehicles in the field."""

from __future__ import annotations

from typing import LiteralString

from spatial.rights.rules.patrols import MY_OWN, OF_SEEN_MOVER
from spatial.rights.rules.rule import ADMINISTRATORS, COMMANDER, IN_AREA_OR_OURS, OF_SEEN_EVENT, Rule

SENDERS = ADMINISTRATORS | {COMMANDER}
"""Who may send them, to those whom they see, and follow what becomes of them."""
OF_SEEN_THING: LiteralString = (
    "(event_id IS NULL OR event_id IN (SELECT e.id FROM event AS e))"
    " AND (place_id IS NULL OR place_id IN (SELECT p.id FROM place AS p))"
    " AND (component_id IS NULL OR component_id IN (SELECT c.id FROM component AS c))"
)
MINE: LiteralString = "account_id = (SELECT my_account())"
OF_SEEN_TASK: LiteralString = "task_id IN (SELECT t.id FROM task AS t)"

RULES: tuple[Rule, ...] = (
    # Whoever sent one, their area and organisation, and whoever sees the event that it is about. A person
    # whom it is for sees it, and of the recipients themselves alone.
    Rule(
        "task", read=SENDERS, create=SENDERS,
        reach=f"({MINE} OR {IN_AREA_OR_OURS} OR {OF_SEEN_EVENT})", changes=f"({MINE} AND {OF_SEEN_THING})",
        own="movers @> ARRAY[(SELECT m.id FROM mover AS m WHERE m.worker_id = my_worker())]",
    ),
    # Who has moved where the reader does not see them is not told of any longer.
    Rule(
        "task_recipient", read=SENDERS, create=SENDERS, reach=f"{OF_SEEN_TASK} AND {OF_SEEN_MOVER}",
        own=MY_OWN,
    ),
    # Steps are added by the platform, never changed.
    Rule(
        "task_step", read=SENDERS, system=("SELECT", "INSERT"),
        reach=f"{OF_SEEN_TASK} AND (mover_id IS NULL OR {OF_SEEN_MOVER})",
        own=MY_OWN,
    ),
)  # fmt: skip
