"""Who moves through the city, with what, and where they went."""

from __future__ import annotations

from typing import LiteralString

from spatial.rights.rules.rule import (
    ADMINISTRATORS,
    ANALYST,
    COMMANDER,
    DISTRICT,
    IN_AREA,
    IN_AREA_OR_OURS,
    NOBODY,
    RESPONDERS,
    Rule,
)

WATCHERS = ADMINISTRATORS | {COMMANDER}
"""Who may see where people went; where they are now is for all who respond."""
OF_SEEN_MOVER: LiteralString = "mover_id IN (SELECT m.id FROM mover AS m)"
"""The policy of the mover decides inside."""
MY_OWN: LiteralString = "mover_id = (SELECT m.id FROM mover AS m WHERE m.worker_id = my_worker())"
OF_SEEN_PLAN: LiteralString = "plan_id IN (SELECT p.id FROM patrol_plan AS p)"
OF_SEEN_ROLL: LiteralString = "roll_call_id IN (SELECT c.id FROM roll_call AS c)"
OF_SEEN_CRY: LiteralString = "cry_id IN (SELECT c.id FROM cry AS c)"
OF_MY_CRY: LiteralString = (
    "cry_id IN (SELECT c.id FROM cry AS c"
    " WHERE c.mover_id = (SELECT m.id FROM mover AS m WHERE m.worker_id = my_worker()))"
)
OF_SEEN_FENCE_AND_MOVER: LiteralString = (
    "fence_id IN (SELECT f.id FROM fence AS f) AND mover_id IN (SELECT m.id FROM mover AS m)"
)
OF_SEEN_MOVERS: LiteralString = (
    "due_id IN (SELECT d.id FROM patrol_due AS d WHERE NOT EXISTS"
    " (SELECT FROM unnest(d.movers) AS x (id) WHERE x.id NOT IN (SELECT m.id FROM mover AS m)))"
)
"""What somebody did tells where they were: a plan of one's own about people of others tells nothing of them,
nor of whoever has left the area since."""
MY_DUE: LiteralString = (
    "due_id IN (SELECT d.id FROM patrol_due AS d"
    " WHERE d.mover_id = (SELECT m.id FROM mover AS m WHERE m.worker_id = my_worker()))"
)

RULES: tuple[Rule, ...] = (
    # The policies of worker and resource decide inside: whoever may see them may see where they go.
    Rule(
        "mover", read=RESPONDERS, update=ADMINISTRATORS, own="worker_id = my_worker()",
        reach="(worker_id IN (SELECT w.id FROM worker AS w)"
        " OR resource_id IN (SELECT r.id FROM resource AS r))",
    ),
    Rule("last_position", read=RESPONDERS, reach=OF_SEEN_MOVER, own=MY_OWN),
    *(
        Rule(table, read=WATCHERS, reach=OF_SEEN_MOVER, own=MY_OWN)
        for table in ("fix", "fix_extra", "track_dirty", "track_day")
    ),
    # Heat: of people one by one for those who see their tracks; for all others what many did together.
    Rule("heat", read=WATCHERS, reach=OF_SEEN_MOVER, own=MY_OWN),
    Rule("heat_shown", reach=IN_AREA),
    Rule("heat_unit", reach="code >= (SELECT area_from()) AND code < (SELECT area_until())"),
    Rule("heat_block"),
    # Totals of all people are for those who may see the tracks of all people.
    *(Rule(table, read=WATCHERS, reach="false") for table in ("heat_summed", "heat_total", "heat_late")),
    Rule(
        "fix_mark", read=WATCHERS, create=ADMINISTRATORS, delete=ADMINISTRATORS, reach=OF_SEEN_MOVER,
        own=MY_OWN,
    ),
    # Devices: of people whom the reader sees, as long as they have them, and of accounts in the reader's
    # reach. Who carries one is written only once the device itself was read with the same rights
    # (spatial.patrols.devices).
    Rule(
        "device", read=ADMINISTRATORS, update=ADMINISTRATORS, own="account_id = my_account()",
        reach="(id IN (SELECT c.device_id FROM device_carrier AS c WHERE c.until IS NULL OR c.until >= now())"
        " OR account_id IN (SELECT a.id FROM account AS a))",
        hidden=("secret_cipher", "auth_code"),
    ),
    Rule(
        "device_carrier", read=ADMINISTRATORS, create=ADMINISTRATORS, update=ADMINISTRATORS, own=MY_OWN,
        reach=OF_SEEN_MOVER,
    ),
    # The policy of the device decides inside.
    Rule(
        "downlink", read=ADMINISTRATORS, create=ADMINISTRATORS,
        reach="device_id IN (SELECT d.id FROM device AS d)",
    ),
    Rule("fix_refusal", read=ADMINISTRATORS, reach=OF_SEEN_MOVER),
    # A cry for help is for all who respond; so is what else a device tells of somebody they see.
    Rule("happening", read=RESPONDERS, reach=OF_SEEN_MOVER, own=MY_OWN),
    # So is what became of it. The platform writes both, once it is known who may; steps it adds alone.
    Rule("cry", read=RESPONDERS, reach=OF_SEEN_MOVER, own=MY_OWN, system=("SELECT", "INSERT", "UPDATE")),
    Rule("cry_step", read=RESPONDERS, reach=OF_SEEN_CRY, own=OF_MY_CRY, system=("SELECT", "INSERT")),
    Rule("fix_batch", read=NOBODY),
    # Which days lie in files is for administrators to know; who was about on them is not.
    Rule("archive_day", read=ADMINISTRATORS, hidden=("movers",)),
    Rule("archive_question", read=NOBODY, own="account_id = my_account()"),
    Rule(
        "shift", read=RESPONDERS, create=ADMINISTRATORS, update=ADMINISTRATORS, delete=ADMINISTRATORS,
        reach=OF_SEEN_MOVER, own=MY_OWN,
    ),
    # A sign may say where somebody stood. It is added by the platform, once it is known who may.
    Rule(
        "sign", read=WATCHERS, reach=OF_SEEN_MOVER, own=MY_OWN, system=("SELECT", "INSERT", "UPDATE"),
    ),
    # Rules are of an area or an organisation; what was found of somebody is for who may see their tracks.
    Rule(
        "roll_call", read=RESPONDERS, create=ADMINISTRATORS, update=ADMINISTRATORS, delete=ADMINISTRATORS,
        reach=IN_AREA_OR_OURS,
    ),
    Rule(
        "roll_call_result", read=WATCHERS, own=MY_OWN,
        reach=f"{OF_SEEN_ROLL} AND {OF_SEEN_MOVER}",
    ),
    # What the city does with fixes off duty everybody may know; it is the whole city's to say.
    Rule("roster_policy", create=DISTRICT, update=DISTRICT, delete=DISTRICT, changes="false"),
    # Plans of an area, and of an organisation's own; what is due by them follows.
    Rule(
        "patrol_plan", read=RESPONDERS | {ANALYST}, create=ADMINISTRATORS, update=ADMINISTRATORS,
        delete=ADMINISTRATORS, reach=IN_AREA_OR_OURS,
    ),
    *(
        Rule(
            table, read=RESPONDERS | {ANALYST}, create=ADMINISTRATORS, update=ADMINISTRATORS,
            delete=ADMINISTRATORS, reach=OF_SEEN_PLAN,
        )
        for table in ("patrol_target", "patrol_member")
    ),
    Rule("patrol_due", read=RESPONDERS | {ANALYST}, reach=OF_SEEN_PLAN),
    Rule("patrol_part", read=NOBODY),
    # Fences as plans are; who was in them is for those who may see where people went.
    Rule(
        "fence", read=RESPONDERS | {ANALYST}, create=ADMINISTRATORS, update=ADMINISTRATORS,
        delete=ADMINISTRATORS, reach=IN_AREA_OR_OURS,
    ),
    Rule(
        "fence_visit", read=WATCHERS, own=MY_OWN,
        reach=OF_SEEN_FENCE_AND_MOVER,
    ),
    # Who did what is for those who may see where all of these people went, and for whoever it is about.
    *(
        Rule(table, read=WATCHERS, reach=OF_SEEN_MOVERS, own=MY_DUE)
        for table in ("patrol_result", "patrol_missed")
    ),
    # The policies of what it is about decide inside.
    Rule(
        "patrol_record", read=RESPONDERS, create=RESPONDERS,
        reach="(place_id IN (SELECT id FROM place) OR component_id IN (SELECT id FROM component)"
        " OR link_id IN (SELECT id FROM network_link))",
    ),
    # What counts is the same for everybody, and the whole city's to say.
    Rule("score_rule", create=DISTRICT, update=DISTRICT, delete=DISTRICT, changes="false"),
)  # fmt: skip
