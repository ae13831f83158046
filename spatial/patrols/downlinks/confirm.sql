UPDATE downlink
SET state = CASE WHEN %(result)s IN (0, 4) THEN 'confirmed' ELSE 'failed' END,
    reason = CASE %(result)s WHEN 0 THEN '' WHEN 4 THEN '' WHEN 2 THEN 'the terminal does not understand it'
                             WHEN 3 THEN 'the terminal cannot do it' ELSE 'the terminal failed' END,
    done_at = now()
WHERE id = %(id)s AND state IN ('queued', 'sent');
