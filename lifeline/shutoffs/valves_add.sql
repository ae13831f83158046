-- What is on the border now; how far a valve is already stays as it is.
INSERT INTO shut_off_valve (shut_off_id, code, kind, needed, state)
SELECT %(id)s, code, kind, needed, state
FROM unnest(%(codes)s::text[], %(kinds)s::text[], %(needed)s::bool[], %(states)s::text[])
     AS given (code, kind, needed, state)
ON CONFLICT (shut_off_id, code) DO UPDATE
SET needed = excluded.needed,
    state = CASE WHEN shut_off_valve.state IN ('waiting', 'held', 'opened', 'stuck') THEN excluded.state
                 ELSE shut_off_valve.state END;
