-- The reason goes along to the trigger that keeps what is taken away.
WITH told AS MATERIALIZED (
    SELECT set_config('citygrid.reason', %(reason)s, true) AS reason
)
DELETE FROM component AS c
USING told
WHERE c.id = %(id)s AND told.reason IS NOT NULL;
