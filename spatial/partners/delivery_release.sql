-- The first open message of each subject may go. Dead ones hold the others up where that is wanted.
UPDATE webhook_delivery AS d SET next_at = now()
FROM webhook AS h
WHERE d.webhook_id = %(webhook)s AND h.id = d.webhook_id AND d.state = 'waiting' AND d.next_at = 'infinity'
      AND (%(subjects)s::text[] IS NULL OR d.subject = ANY(%(subjects)s))
      AND NOT EXISTS (
          SELECT FROM webhook_delivery AS e
          WHERE e.webhook_id = d.webhook_id AND e.subject = d.subject AND e.id < d.id
                AND (e.state = 'waiting' OR (e.state = 'dead' AND h.after_dead = 'hold'))
      );
