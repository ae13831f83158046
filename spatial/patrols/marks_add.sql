INSERT INTO fix_mark (mover_id, time, mark, reason, account_id, username)
SELECT %(mover)s, %(time)s, mark, %(reason)s, %(account)s, %(username)s FROM unnest(%(marks)s::int[]) AS mark
ON CONFLICT DO NOTHING
RETURNING mark;
