"""Events, what belongs to them, and how they are dispatched."""

from __future__ import annotations

from spatial.rights.rules.rule import (
    ADMINISTRATORS,
    DISTRICT,
    IN_AREA_OR_OURS,
    NOBODY,
    OF_SEEN_EVENT,
    RESPONDERS,
    Rule,
)

RULES: tuple[Rule, ...] = (
    Rule("event", create=RESPONDERS, update=RESPONDERS, reach=IN_AREA_OR_OURS),
    # The policy of the event decides inside: whoever may see it may see, masked, who reported it.
    Rule(
        "reporter", create=RESPONDERS, update=RESPONDERS,
        reach="EXISTS (SELECT FROM event AS e WHERE e.id = reporter.event_id)",
        sealed=("name_cipher", "name_digest", "phone_cipher", "phone_digest", "id_number_cipher",
                "id_number_digest", "address_cipher"),
    ),
    # The same for what became of the event. Steps are added, never changed, not even by the platform.
    Rule("event_step", create=RESPONDERS, system=("SELECT", "INSERT"), reach=OF_SEEN_EVENT),
    Rule("event_warning", reach=OF_SEEN_EVENT),
    Rule(
        "event_link", create=RESPONDERS, update=RESPONDERS,
        reach="event_id IN (SELECT e.id FROM event AS e) AND other_id IN (SELECT o.id FROM event AS o)",
    ),
    Rule("event_attachment", create=RESPONDERS, reach=OF_SEEN_EVENT),
    # Rows of files are made by the platform, once the bytes are stored.
    Rule(
        "attachment",
        reach="digest IN (SELECT a.digest FROM event_attachment AS a)"
        " OR digest IN (SELECT a.digest FROM place_attachment AS a)",
    ),
    # Kept by a trigger on steps, for the job process.
    Rule("event_watch", read=NOBODY),
    Rule("event_number", read=NOBODY, system=("SELECT",)),
    *(
        Rule(table, create=DISTRICT, update=DISTRICT, delete=DISTRICT)
        for table in ("working_hours", "working_day", "deadline_rule", "public_matter")
    ),
    # Whoever has the code that the digest is of reads what it tells, through the platform.
    Rule("public_report", read=NOBODY),
    # The policy of the event decides inside: whoever may see it may see why it went where it went.
    Rule(
        "explanation", create=RESPONDERS,
        reach="EXISTS (SELECT FROM event AS e WHERE e.id = explanation.event_id)",
        system=("SELECT", "INSERT"),
    ),
    Rule(
        "dispute", create=RESPONDERS, update=ADMINISTRATORS,
        reach="EXISTS (SELECT FROM event AS e WHERE e.id = dispute.event_id)",
    ),
    Rule("dispute_rule", create=DISTRICT, update=DISTRICT, delete=DISTRICT),
    # Read through dispatch_stamp(), written by triggers.
    Rule("dispatch_stamp", read=NOBODY, system=("SELECT",)),
)  # fmt: skip
