-- What came back before the ruling is settled by it: the rule counts from here on.
UPDATE dispute AS d
SET state = 'ruled', ruled_at = now(), ruled_by = %(account)s, ruled_username = %(username)s, scope = %(scope)s,
    organisation_id = %(organisation)s, worker_id = %(worker)s, ruling_reason = %(reason)s, duty_id = %(duty)s,
    facts = d.facts || jsonb_build_object('bounced', e.returned_count + e.redispatched_count)
FROM event AS e
WHERE d.id = %(id)s AND d.state = 'open' AND e.id = d.event_id;
