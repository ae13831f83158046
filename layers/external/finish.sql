-- The service has answered: when it is asked next follows from its interval, or somebody decides.
UPDATE external_source SET
    layer = %(layer)s, plan = %(plan)s, digest = coalesce(%(digest)s, digest), state = 'live', problems = '[]', tries = 0,
    claimed_at = NULL, due_at = CASE WHEN every_minutes > 0 THEN now() + every_minutes * interval '1 minute' END
WHERE id = %(id)s;
