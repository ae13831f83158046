UPDATE alarm AS a
SET state = g.state, level = g.level, highest_level = g.highest_level, value = g.value, reason = g.reason,
    raised_at = g.raised_at, acknowledged_at = g.acknowledged_at, acknowledged_by = g.acknowledged_by,
    returned_at = g.returned_at, shelved_until = g.shelved_until, closed_at = g.closed_at, edition = a.edition + 1
FROM jsonb_populate_recordset(NULL::alarm, %(rows)s) AS g
WHERE a.id = g.id;
