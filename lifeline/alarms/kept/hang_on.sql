-- Through which station each station is heard, one step after the other. UNION: a circle is walked once.
WITH RECURSIVE way AS (
    SELECT t.id, CASE WHEN jsonb_typeof(t.properties -> 'hangs_on') = 'number'
                      THEN (t.properties ->> 'hangs_on')::numeric END AS upstream
    FROM thing AS t WHERE t.id = ANY (%(things)s::bigint[])
    UNION
    SELECT t.id, CASE WHEN jsonb_typeof(t.properties -> 'hangs_on') = 'number'
                      THEN (t.properties ->> 'hangs_on')::numeric END
    FROM way JOIN thing AS t ON t.id = way.upstream
)
SELECT way.id, t.id FROM way JOIN thing AS t ON t.id = way.upstream;
