-- Somebody decides about what an office refused: again, or not at all. What may have arrived is looked for first.
UPDATE handover
SET state = CASE WHEN NOT %(again)s THEN 'dropped' WHEN first_try_at IS NULL THEN 'waiting' ELSE 'doubtful' END,
    error = CASE WHEN %(again)s THEN '' ELSE %(why)s END, tries = 0, next_at = now(),
    done_at = CASE WHEN NOT %(again)s THEN now() END
WHERE office_id = %(office)s AND state = 'dead' AND (%(ids)s::bigint[] IS NULL OR id = ANY (%(ids)s::bigint[]));
