"""Messages, and what other systems are told and tell."""

from __future__ import annotations

from spatial.rights.rules.rule import (
    ADMINISTRATORS,
    COMMANDER,
    DISTRICT,
    NOBODY,
    OF_SEEN_EVENT,
    RESPONDERS,
    Rule,
)

RULES: tuple[Rule, ...] = (
    # Messages: whoever wrote one, and whoever sees the event that it is of. Recipients must be people
    # whom the writer sees; their numbers stay with them. Parts and receipts are the job process's.
    Rule(
        "message", read=ADMINISTRATORS | {COMMANDER}, create=ADMINISTRATORS | {COMMANDER},
        reach="(account_id = my_account() OR event_id IN (SELECT e.id FROM event AS e))",
        changes="(account_id = my_account()"
        " AND (event_id IS NULL OR event_id IN (SELECT e.id FROM event AS e)))",
    ),
    Rule(
        "message_recipient", read=ADMINISTRATORS | {COMMANDER}, create=ADMINISTRATORS | {COMMANDER},
        reach="message_id IN (SELECT m.id FROM message AS m)",
        changes="(message_id IN (SELECT m.id FROM message AS m)"
        " AND worker_id IN (SELECT w.id FROM worker AS w))",
    ),
    Rule(
        "message_part", read=ADMINISTRATORS | {COMMANDER},
        reach="recipient_id IN (SELECT r.id FROM message_recipient AS r)",
    ),
    *(Rule(table, read=NOBODY) for table in ("message_round", "message_receipt", "message_due")),
    # What is sent by itself is the whole city's to say.
    Rule("message_rule", update=DISTRICT, changes="false", system=("SELECT",)),
    # Webhooks tell what their owner may see: of an area, administrators have their own ones only. How far the
    # logs were read is the job process's; what was said, and answered, is for whoever sees the webhook.
    Rule(
        "webhook", read=DISTRICT, create=DISTRICT, update=DISTRICT, delete=DISTRICT,
        reach="account_id = my_account()",
        hidden=("secret_cipher", "old_secret_cipher", "opener_cipher"),
    ),
    Rule("webhook_pace", read=DISTRICT, reach="webhook_id IN (SELECT h.id FROM webhook AS h)"),
    Rule("webhook_delivery", read=DISTRICT, reach="webhook_id IN (SELECT h.id FROM webhook AS h)"),
    Rule("webhook_attempt", read=DISTRICT, reach="delivery_id IN (SELECT d.id FROM webhook_delivery AS d)"),
    Rule(
        "partner_reference", read=DISTRICT,
        reach="webhook_id IN (SELECT h.id FROM webhook AS h) AND event_id IN (SELECT e.id FROM event AS e)",
    ),
    # Adapters take in with the rights of their owner, or of whoever sends; offices are handed what their
    # owner may see. Messages that became no report may name people: they are sealed, and opened by the
    # platform.
    Rule(
        "adapter", read=DISTRICT, create=DISTRICT, update=DISTRICT, delete=DISTRICT,
        reach="account_id = my_account()", hidden=("secret_cipher", "old_secret_cipher"),
    ),
    Rule("adapter_pace", read=DISTRICT, reach="adapter_id IN (SELECT a.id FROM adapter AS a)"),
    Rule(
        "adapter_refusal", read=DISTRICT, reach="adapter_id IN (SELECT a.id FROM adapter AS a)",
        hidden=("message_cipher",),
    ),
    Rule(
        "office", DISTRICT, DISTRICT, DISTRICT, DISTRICT, "account_id = my_account()", hidden=("key_cipher",)
    ),
    # Whoever sees an event sees in whose hands it is.
    Rule("handover", read=RESPONDERS, reach=OF_SEEN_EVENT),
    Rule("log_life", read=NOBODY, system=("SELECT",)),
    # Whose key it is, sees how it is used; and whoever may see the account.
    Rule(
        "call_count", read=ADMINISTRATORS, reach="account_id IN (SELECT id FROM account)",
        own="account_id = my_account()",
    ),
)  # fmt: skip
