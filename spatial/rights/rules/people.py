"""Accounts, keys, people in the field, organisations and duty lists."""

from __future__ import annotations

from spatial.rights.rules.rule import (
    ADMINISTRATORS,
    DISTRICT,
    IN_AREA,
    IN_AREA_OR_OURS,
    NOBODY,
    RESPONDERS,
    Rule,
)

RULES: tuple[Rule, ...] = (
    Rule("organisation", create=DISTRICT, update=DISTRICT),
    Rule(
        "worker", read=RESPONDERS, create=ADMINISTRATORS, update=ADMINISTRATORS,
        reach=IN_AREA_OR_OURS, own="id = my_worker()",
        sealed=("name_cipher", "name_digest", "phone_cipher", "phone_digest"),
    ),
    # Whether the row may be read in clear is asked of its own policy, by a trigger; see 0005_personal.sql.
    Rule(
        "clear_read", read=NOBODY, own="account_id = my_account()", create=RESPONDERS, system=("SELECT",),
    ),
    Rule("data_key", read=NOBODY, system=("SELECT",)),
    Rule(
        "duty", create=ADMINISTRATORS, update=ADMINISTRATORS, delete=ADMINISTRATORS,
        reach=f"({IN_AREA} OR unit_code = ANY (my_above()) OR organisation_id = my_organisation())",
        # Who is responsible in the whole district is not for one of its streets to say.
        changes=IN_AREA,
    ),
    # What duty lines said before is for those who keep them; a trigger writes it.
    Rule("duty_past", read=ADMINISTRATORS, reach=f"({IN_AREA} OR organisation_id = my_organisation())",
         system=("SELECT",)),
    Rule(
        "duty_draft", read=ADMINISTRATORS, create=ADMINISTRATORS, update=ADMINISTRATORS,
        delete=ADMINISTRATORS, reach=IN_AREA,
    ),
    # The policy of the draft decides inside.
    Rule(
        "duty_draft_change", read=ADMINISTRATORS, create=ADMINISTRATORS, update=ADMINISTRATORS,
        delete=ADMINISTRATORS, reach="draft_id IN (SELECT id FROM duty_draft)",
    ),
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
)  # fmt: skip
