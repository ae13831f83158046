"""Boundaries, and the plans that change them."""

from __future__ import annotations

from spatial.rights.rules.rule import ADMINISTRATORS, IN_AREA, NOBODY, RESPONDERS, Rule

RULES: tuple[Rule, ...] = (
    # Boundaries: the own units, and those they lie in. Whoever works for an organisation works everywhere.
    Rule(
        "unit_version",
        reach="(code >= area_from() AND code < area_until()"
        " OR coverage = 'grids' AND code = ANY (my_above()) OR my_reach() = 'organisation')",
    ),
    # The policies of the unit's versions and of the worker decide inside.
    Rule(
        "lineage",
        reach="(from_unit IS NULL OR from_unit IN (SELECT v.unit_id FROM unit_version AS v))"
        " AND (to_unit IS NULL OR to_unit IN (SELECT v.unit_id FROM unit_version AS v))",
    ),
    Rule(
        "unit_person", read=RESPONDERS, own="worker_id = my_worker()",
        reach="worker_id IN (SELECT w.id FROM worker AS w)",
    ),
    # Arcs, nodes and identities are read by the platform alone: what is published is derived from them.
    *(Rule(table, read=NOBODY) for table in ("arc", "composition", "node", "unit", "issued_code")),
    # Plans: administrators draw up and read those of their area. Whether an operation stays within that area
    # is asked of the plan's state, by grid_editor.reach; who may approve, by grid_editor.plan.
    Rule("plan", read=ADMINISTRATORS, create=ADMINISTRATORS, update=ADMINISTRATORS, delete=ADMINISTRATORS,
         reach=IN_AREA),
    # The policy of the plan decides inside.
    *(
        Rule(
            table, read=ADMINISTRATORS, create=ADMINISTRATORS, update=ADMINISTRATORS, delete=ADMINISTRATORS,
            reach="plan_id IN (SELECT id FROM plan)",
        )
        for table in ("plan_step", "plan_net", "plan_waiver")
    ),
    Rule(
        "plan_comment", read=ADMINISTRATORS, create=ADMINISTRATORS,
        reach="plan_id IN (SELECT id FROM plan)",
    ),
    # What is brought into a plan, with the report of it: of an area, what one brought in oneself.
    Rule(
        "plan_import", read=ADMINISTRATORS, create=ADMINISTRATORS, update=ADMINISTRATORS,
        reach="account_id = my_account() AND plan_id IN (SELECT id FROM plan)",
    ),
)  # fmt: skip
