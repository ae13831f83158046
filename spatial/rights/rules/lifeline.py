"""Pipe networks."""

from __future__ import annotations

from spatial.rights.rules.rule import ANALYST, COMMANDER, DISTRICT, NOBODY, Rule

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
    # A record stays: one that does not come to be is cancelled.
    Rule(
        "shut_off", read=DISTRICT | {COMMANDER, ANALYST}, create=DISTRICT, update=DISTRICT,
        reach="network_id IN (SELECT id FROM network)",
    ),
    Rule(
        "shut_off_valve", read=DISTRICT | {COMMANDER, ANALYST}, create=DISTRICT, update=DISTRICT,
        delete=DISTRICT, reach="shut_off_id IN (SELECT s.id FROM shut_off AS s)",
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
    # Rules of alarms are kept by whoever runs what measures; all that follows from them the platform writes.
    Rule(
        "alarm_rule", read=DISTRICT | {COMMANDER, ANALYST}, create=DISTRICT, update=DISTRICT, delete=DISTRICT,
        reach="organisation_id = my_organisation()",
    ),
    *(
        Rule(
            table, read=DISTRICT | {COMMANDER, ANALYST},
            reach="rule_id IN (SELECT r.id FROM alarm_rule AS r)",
        )
        for table in ("alarm_rule_edition", "alarm_state")
    ),
    Rule(
        "alarm_sensor", read=DISTRICT | {COMMANDER, ANALYST},
        reach="state_id IN (SELECT s.id FROM alarm_state AS s)",
    ),
    Rule("alarm_feed", read=NOBODY),
    Rule("alarm", read=DISTRICT | {COMMANDER, ANALYST}, reach="organisation_id = my_organisation()"),
    Rule(
        "alarm_transition", read=DISTRICT | {COMMANDER, ANALYST},
        reach="alarm_id IN (SELECT a.id FROM alarm AS a)", system=("SELECT", "INSERT"),
    ),
)  # fmt: skip
