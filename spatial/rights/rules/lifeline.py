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
        for table in (
            "network_node", "network_link", "network_device", "network_service", "network_customer",
        )
    ),
    # Found and written down by the platform itself.
    *(
        Rule(table, read=DISTRICT | {COMMANDER, ANALYST}, reach="network_id IN (SELECT id FROM network)")
        for table in ("network_problem", "network_change")
    ),
    # Whoever runs the network knows what was brought in, and may confirm what a colleague has sent.
    Rule(
        "network_import", read=DISTRICT, create=DISTRICT, update=DISTRICT,
        reach="organisation_id = my_organisation()",
    ),
    # Telemetry is of whoever runs what measures.
    *(
        Rule(
            table, read=DISTRICT | {COMMANDER, ANALYST}, create=DISTRICT, update=DISTRICT, delete=DISTRICT,
            reach="organisation_id = my_organisation()",
        )
        for table in (
            "thing", "location", "sensor", "observed_property", "datastream", "feature_of_interest",
        )
    ),
    Rule(
        "historical_location", read=DISTRICT | {COMMANDER, ANALYST}, create=DISTRICT, update=DISTRICT,
        delete=DISTRICT, reach="thing_id IN (SELECT t.id FROM thing AS t)",
    ),
    Rule(
        "observation", read=DISTRICT | {COMMANDER, ANALYST}, create=DISTRICT, update=DISTRICT,
        delete=DISTRICT, reach="datastream_id IN (SELECT d.id FROM datastream AS d)",
    ),
    # Written by the database itself, whenever an observation is.
    Rule(
        "latest_observation", read=DISTRICT | {COMMANDER, ANALYST},
        reach="datastream_id IN (SELECT d.id FROM datastream AS d)",
    ),
)  # fmt: skip
