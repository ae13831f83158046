-- A source that never answered is refused; a live one is tried again, after pauses that grow to its interval.
UPDATE external_source SET
    state = CASE WHEN layer IS NULL THEN 'refused' ELSE state END,
    problems = %(problems)s, tries = least(tries + 1, 100), claimed_at = NULL,
    due_at = CASE WHEN layer IS NOT NULL AND every_minutes > 0
        THEN now() + least(every_minutes, 2 ^ least(tries, 10)) * interval '1 minute' END
WHERE id = %(id)s;
