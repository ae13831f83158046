"""Who may do what with which table: the rights of the platform as data, and the one place to change them.

`apply` turns every rule into grants and policies of PostgreSQL. A table of the schema without a rule is a
test failure; to the workers it does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import LiteralString

from spatial.rights.reader import AREA_STANDPOINT, CITY_STANDPOINT, STANDPOINTS

Roles = frozenset[str]

VIEWER = "viewer"
FIELD_WORKER = "field_worker"
STREET_ADMINISTRATOR = "street_administrator"
DISTRICT_ADMINISTRATOR = "district_administrator"
ANALYST = "analyst"
COMMANDER = "commander"
SYSTEM_ROLE = "system"

ROLES = (VIEWER, FIELD_WORKER, STREET_ADMINISTRATOR, DISTRICT_ADMINISTRATOR, ANALYST, COMMANDER)
"""Roles that an account can have; `system` is the platform itself and has no account."""

EVERYONE: Roles = frozenset(ROLES)
NOBODY: Roles = frozenset()
ADMINISTRATORS: Roles = frozenset({STREET_ADMINISTRATOR, DISTRICT_ADMINISTRATOR})
DISTRICT: Roles = frozenset({DISTRICT_ADMINISTRATOR})
EDITORS: Roles = ADMINISTRATORS | {ANALYST}
"""Who keeps places and components right."""
RESPONDERS: Roles = ADMINISTRATORS | {FIELD_WORKER, COMMANDER}
"""Who handles events, and knows the people who do."""

IN_AREA: LiteralString = "unit_code >= (SELECT area_from()) AND unit_code < (SELECT area_until())"
"""The row's unit lies in the reader's area: one range of the index on unit_code.

Asked in scalar subqueries: once a statement. Plain calls are asked once a row, and three times as slow."""
IN_AREA_OR_OURS: LiteralString = f"({IN_AREA} OR organisation_id = (SELECT my_organisation()))"


@dataclass(frozen=True)
class Rule:
    """The rights on one table.

    `reach` is what AREA readers have of it (SQL over its columns; None: the same rows as everybody), `own`
    what a reader has of it whatever the role. `hidden` columns only the platform itself reads; `sealed`
    ones nobody but the owner, through a function that keeps a record.
    """

    table: str
    read: Roles = EVERYONE
    create: Roles = NOBODY
    update: Roles = NOBODY
    delete: Roles = NOBODY
    reach: LiteralString | None = None
    own: LiteralString | None = None
    kept: LiteralString | None = None
    """What a reader may update and delete whatever the role, for having made it."""
    hidden: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    system: tuple[str, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")
    """What the platform itself may do."""

    def may(self, verb: str) -> Roles:
        """Name the roles that may read, create, update or delete."""
        roles: Roles = getattr(self, verb)
        return roles


VERBS = {"read": "SELECT", "create": "INSERT", "update": "UPDATE", "delete": "DELETE"}
"""Our verbs, and PostgreSQL's."""


def _reference(*tables: str) -> Iterable[Rule]:
    """What is the same for everybody who is logged in: code tables, names, the public address library."""
    return (Rule(table) for table in tables)


RULES: tuple[Rule, ...] = (
    *_reference(
        "address", "basemap_feature", "city_note", "component_class", "coverage", "coverage_version",
        "division", "matter", "raster",
    ),
    Rule("organisation", create=DISTRICT, update=DISTRICT),
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
    Rule("place", create=EDITORS, update=EDITORS, delete=DISTRICT, reach=IN_AREA),
    Rule("component", create=EDITORS, update=EDITORS, delete=DISTRICT, reach=IN_AREA_OR_OURS),
    Rule("event", create=RESPONDERS, update=RESPONDERS, reach=IN_AREA_OR_OURS),
    Rule(
        "worker", read=RESPONDERS, create=ADMINISTRATORS, update=ADMINISTRATORS,
        reach=IN_AREA_OR_OURS, own="id = my_worker()",
        sealed=("name_cipher", "name_digest", "phone_cipher", "phone_digest"),
    ),
    # The policy of the event decides inside: whoever may see it may see, masked, who reported it.
    Rule(
        "reporter", create=RESPONDERS, update=RESPONDERS,
        reach="EXISTS (SELECT FROM event AS e WHERE e.id = reporter.event_id)",
        sealed=("name_cipher", "name_digest", "phone_cipher", "phone_digest", "id_number_cipher",
                "id_number_digest", "address_cipher"),
    ),
    # Whether the row may be read in clear is asked of its own policy, by a trigger; see 0005_personal.sql.
    Rule(
        "clear_read", read=NOBODY, own="account_id = my_account()", create=RESPONDERS, system=("SELECT",),
    ),
    Rule("data_key", read=NOBODY, system=("SELECT",)),
    Rule(
        "duty", create=ADMINISTRATORS, update=ADMINISTRATORS, delete=ADMINISTRATORS,
        reach=f"({IN_AREA} OR unit_code = ANY (my_above()) OR organisation_id = my_organisation())",
    ),
    # The policy of the worker decides inside: whoever may see the person may see where the person went.
    Rule(
        "fix", read=ADMINISTRATORS | {COMMANDER}, own="worker_id = my_worker()",
        reach="worker_id IN (SELECT id FROM worker)",
    ),
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
    Rule(
        "layer", read=DISTRICT,
        own="audience = 'all' OR organisation_id = my_organisation()"
        " OR name IN (SELECT g.layer FROM layer_grant AS g)",
        create=frozenset({DISTRICT_ADMINISTRATOR, ANALYST}), update=DISTRICT, delete=DISTRICT,
        kept="published_by = my_account() AND my_role() = 'analyst'",
    ),
    Rule(
        "layer_grant", read=DISTRICT, create=DISTRICT, delete=DISTRICT,
        own="account_id = my_account() OR organisation_id = my_organisation()",
    ),
    # What somebody asked to be published, and what became of it: their own. The job process does the work.
    Rule(
        "import", read=NOBODY, own="account_id = my_account()",
        create=frozenset({DISTRICT_ADMINISTRATOR, ANALYST}), system=("SELECT",),
    ),
    # The policy of the layer decides inside: whoever may see the layer may see what was mended in it.
    Rule("layer_report", read=NOBODY, own="layer IN (SELECT l.name FROM layer AS l)", system=("SELECT",)),
    Rule("published_table", read=NOBODY, system=("SELECT",)),
    # Services of other platforms: where they are is for administrators and whoever registered them; what they
    # are opened with, sealed as it is, for the platform alone. How they do is for whoever sees the layer.
    Rule("external_source", read=DISTRICT, own="account_id = my_account()", hidden=("secret_cipher",)),
    Rule("external_health", read=NOBODY, own="layer IN (SELECT l.name FROM layer AS l)"),
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
    # Files of features for one account: asked for and written by the platform, in the account's name.
    Rule("export", read=NOBODY, own="account_id = my_account()"),
    # The same for what processes calculate.
    Rule("process_job", read=NOBODY, own="account_id = my_account()"),
    # Written by triggers, asked through changed_since(), cleared by the job process.
    Rule("layer_change", read=NOBODY, system=("SELECT",)),
    # Sums over rows, kept apart by whose the rows are: who may not see a row may not see it counted.
    Rule("layer_count", reach=f"(is_open OR {IN_AREA_OR_OURS})", system=("SELECT",)),
    Rule(
        "account", read=ADMINISTRATORS, create=ADMINISTRATORS, update=ADMINISTRATORS,
        reach="area >= area_from() AND area < area_until()", own="id = my_account()",
        hidden=("password_hash",),
    ),
    # Keys are issued and revoked by the platform alone. Everybody sees the own ones; who may see an account,
    # by its own policy, sees which keys it has.
    Rule(
        "token", read=ADMINISTRATORS, reach="account_id IN (SELECT id FROM account)",
        own="account_id = my_account()", hidden=("digest",),
    ),
    Rule(
        "token_use", read=ADMINISTRATORS, reach="token_id IN (SELECT id FROM token)",
        own="token_id IN (SELECT id FROM token WHERE account_id = my_account())",
    ),
    Rule("external_identity", read=NOBODY, own="account_id = my_account()"),
    Rule("login_attempt", read=NOBODY, system=("SELECT", "INSERT", "UPDATE")),
    Rule("spent_sign_on", read=NOBODY),
    # The log, all of it, is for district administrators of the whole city; everybody sees what they did.
    Rule("audit", read=DISTRICT, reach="false", own="account_id = my_account()", system=("SELECT",)),
    Rule("audit_root", read=NOBODY, system=("SELECT",)),
)  # fmt: skip
"""One rule a table, reference first."""


@dataclass(frozen=True)
class Function:
    """A function that is not for everybody: who may call it, by standpoint."""

    signature: str
    standpoints: tuple[str, ...]


FUNCTIONS: tuple[Function, ...] = (
    # Clear text, against a committed record of the caller's own.
    Function("clear_cipher(bigint)", (CITY_STANDPOINT, AREA_STANDPOINT)),
    Function("find_sealed(bigint, bytea[])", (CITY_STANDPOINT, AREA_STANDPOINT)),
    Function("account_layers(bigint)", STANDPOINTS),
    # Knows of components of other areas, and tells only which number comes next.
    Function("next_component_number(text)", (CITY_STANDPOINT, AREA_STANDPOINT)),
    Function("audit_record(text, text, text, text, jsonb, jsonb, text)", STANDPOINTS),
)
"""Functions that run with their owner's rights; nobody else may call them."""


def rule_of(table: str) -> Rule:
    """Find the rule of a table; KeyError when it has none."""
    return _BY_TABLE[table]


_BY_TABLE = {rule.table: rule for rule in RULES}
