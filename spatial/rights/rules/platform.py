"""What is the same for everybody, and the log of what was done."""

from __future__ import annotations

from spatial.rights.rules.rule import DISTRICT, NOBODY, Rule, reference

RULES: tuple[Rule, ...] = (
    *reference(
        "basemap_feature", "city_note", "component_mapping", "component_matter", "component_profile",
        "component_profile_class", "coverage", "coverage_version",
        "division", "matter", "matter_mapping", "matter_profile", "raster",
    ),
    # The log, all of it, is for district administrators of the whole city; everybody sees what they did.
    Rule("audit", read=DISTRICT, reach="false", own="account_id = my_account()", system=("SELECT",)),
    Rule("audit_root", read=NOBODY, system=("SELECT",)),
)  # fmt: skip
