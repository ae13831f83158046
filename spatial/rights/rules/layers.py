"""Layers, what is published and exported, and what is counted."""

from __future__ import annotations

from spatial.rights.rules.rule import ANALYST, DISTRICT, DISTRICT_ADMINISTRATOR, IN_AREA_OR_OURS, NOBODY, Rule

RULES: tuple[Rule, ...] = (
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
    # Files of features for one account: asked for and written by the platform, in the account's name.
    Rule("export", read=NOBODY, own="account_id = my_account()"),
    # The same for what processes calculate.
    Rule("process_job", read=NOBODY, own="account_id = my_account()"),
    # Written by triggers, asked through changed_since(), cleared by the job process.
    Rule("layer_change", read=NOBODY, system=("SELECT",)),
    # Sums over rows, kept apart by whose the rows are: who may not see a row may not see it counted.
    Rule("layer_count", reach=f"(is_open OR {IN_AREA_OR_OURS})", system=("SELECT",)),
    *(Rule(table, reach=IN_AREA_OR_OURS, system=("SELECT",)) for table in ("figure", "figure_change")),
)  # fmt: skip
