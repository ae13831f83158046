-- Of movers only those that the reader sees.
INSERT INTO shift (mover_id, starts_at, ends_at, kind, source, account_id, username)
SELECT g.mover_id, g.starts_at, g.ends_at, g.kind, %(source)s, %(account_id)s, %(username)s
FROM unnest(%(movers)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(kinds)s::text[])
    AS g (mover_id, starts_at, ends_at, kind)
WHERE EXISTS (SELECT FROM mover AS v WHERE v.id = g.mover_id)
RETURNING id;
