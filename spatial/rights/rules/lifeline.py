"""Pipe networks."""

from __future__ import annotations

from spatial.rights.rules.rule import ANALYST, COMMANDER, DISTRICT, Rule

RULES: tuple[Rule, ...] = (
    Rule(
        "network", read=DISTRICT | {COMMANDER, ANALYST}, create=DISTRICT, update=DISTRICT, delete=DISTRICT,
        reach="organisation_id = my_organisation()",
    ),
    *(
        Rule(
            table, read=DISTRICT | {COMMANDER, ANALYST}, create=DISTRICT, update=DISTRICT, delete=DISTRICT,
            reach="network_id IN (SELECT id FROM network)",
        )
        for table in ("network_node", "network_link")
    ),
)  # fmt: skip
