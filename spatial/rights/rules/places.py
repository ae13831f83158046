"""Addresses, places, what is done about their risk, and resources."""

from __future__ import annotations

from spatial.rights.rules.rule import (
    ADMINISTRATORS,
    ANALYST,
    COMMANDER,
    DISTRICT,
    EDITORS,
    IN_AREA_OR_OURS,
    NOBODY,
    RESPONDERS,
    Rule,
    reference,
)

RULES: tuple[Rule, ...] = (
    # Kinds are the whole city's: whoever answers for a part of it changes none.
    Rule("place_kind", create=DISTRICT, update=DISTRICT, delete=DISTRICT, changes="false"),
    # The address library is public; whoever keeps it right works for the whole city.
    *(
        Rule(
            table, create=DISTRICT | {ANALYST}, update=DISTRICT | {ANALYST}, delete=DISTRICT | {ANALYST},
            changes="false",
        )
        for table in ("address", "address_alias")
    ),
    # What is kept in step with the library; written by triggers.
    *reference("address_state", "address_gone"),
    # Files of addresses for one account: asked for and worked on by the platform, in the account's name.
    Rule("address_job", read=NOBODY, own="account_id = my_account()", hidden=("file",)),
    Rule("place", create=EDITORS, update=EDITORS, delete=DISTRICT, reach=IN_AREA_OR_OURS),
    # The policy of the place decides inside. Levels are written by the place's own trigger, and stay.
    Rule("place_risk", reach="place_id IN (SELECT id FROM place)", system=("SELECT",)),
    Rule(
        "place_person", read=RESPONDERS, create=ADMINISTRATORS, delete=ADMINISTRATORS,
        reach="place_id IN (SELECT id FROM place) AND worker_id IN (SELECT w.id FROM worker AS w)",
        own="worker_id = my_worker()",
    ),
    Rule(
        "inspection", create=ADMINISTRATORS, update=RESPONDERS, reach="place_id IN (SELECT id FROM place)",
    ),
    Rule(
        "place_risk_proposal", create=RESPONDERS | EDITORS, update=EDITORS,
        reach="place_id IN (SELECT id FROM place)",
    ),
    Rule(
        "place_attachment", create=RESPONDERS | EDITORS, delete=ADMINISTRATORS,
        reach="place_id IN (SELECT id FROM place)",
    ),
    Rule("resource", create=EDITORS, update=EDITORS, delete=DISTRICT, reach=IN_AREA_OR_OURS),
    Rule(
        "stock_movement", create=EDITORS | {COMMANDER}, reach="resource_id IN (SELECT id FROM resource)",
        system=("SELECT", "INSERT"),
    ),
)  # fmt: skip
