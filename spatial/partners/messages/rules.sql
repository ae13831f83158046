SELECT occasion, enabled, language, template_zh, template_en, urgencies, categories, recipients, from_share,
       quiet_from, quiet_until, valid_minutes
FROM message_rule
ORDER BY array_position('{dispatched,escalated,supervised,warning,overdue}'::text[], occasion);
