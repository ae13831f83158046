"""City components: classes, surveys, repairs."""

from __future__ import annotations

from spatial.rights.rules.rule import DISTRICT, EDITORS, IN_AREA_OR_OURS, NOBODY, RESPONDERS, Rule

RULES: tuple[Rule, ...] = (
    Rule("component", create=EDITORS, update=EDITORS, delete=DISTRICT, reach=IN_AREA_OR_OURS),
    # Of a class, what its components have beside the common attributes is one for the whole city.
    Rule("component_class", update=DISTRICT, changes="false"),
    # The policies of the component, standing or taken away, decide inside.
    Rule(
        "component_repair", create=EDITORS | RESPONDERS, delete=DISTRICT,
        reach="(EXISTS (SELECT FROM component AS c WHERE c.id = component_repair.component_id)"
        " OR EXISTS (SELECT FROM component_retired AS r WHERE r.id = component_repair.component_id))",
    ),
    Rule(
        "component_alias", system=("SELECT",),
        reach="(EXISTS (SELECT FROM component AS c WHERE c.id = component_alias.component_id)"
        " OR EXISTS (SELECT FROM component_retired AS r WHERE r.id = component_alias.component_id))",
    ),
    Rule("component_retired", reach=IN_AREA_OR_OURS, system=("SELECT",)),
    # Kept by triggers: sums by whose the rows are, and the last numbers of codes.
    Rule("component_count", reach=IN_AREA_OR_OURS, system=("SELECT",)),
    Rule("component_sequence", read=NOBODY, system=("SELECT",)),
    # What somebody had compared, and the report of it: their own.
    Rule("component_survey", read=NOBODY, own="account_id = my_account()", create=EDITORS),
    Rule(
        "component_survey_row", read=NOBODY, own="survey_id IN (SELECT s.id FROM component_survey AS s)",
    ),
)  # fmt: skip
