-- Take what waits for terminals that are on the line here. What was written and never confirmed waits again.
UPDATE downlink AS d
SET state = 'sent', tries = d.tries + 1, sent_at = now(), next_at = now() + %(again)s
WHERE d.id IN (
    SELECT w.id
    FROM downlink AS w
    WHERE w.device_id = ANY (%(devices)s) AND w.state IN ('queued', 'sent') AND w.next_at <= now()
      AND w.expires_at > now() AND w.tries < %(most)s
    ORDER BY w.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED)
RETURNING d.id, d.device_id, d.kind, d.content;
