UPDATE message_rule SET
    enabled = %(enabled)s, language = %(language)s, template_zh = %(template_zh)s,
    template_en = %(template_en)s, urgencies = %(urgencies)s::text[], categories = %(categories)s::text[],
    recipients = %(recipients)s::text[], from_share = %(from_share)s, quiet_from = %(quiet_from)s,
    quiet_until = %(quiet_until)s, valid_minutes = %(valid_minutes)s, changed_at = now()
WHERE occasion = %(occasion)s;
