-- Rows of the logs between two positions, in the order of their transactions; a range of an index each.
WITH steps AS (
    SELECT 1 AS topic, life, txid, id, at, event_id, verb,
           jsonb_build_object('id', id, 'verb', verb, 'from_state', from_state, 'to_state', to_state,
                              'username', username, 'organisation_id', organisation_id, 'note', note,
                              'detail', detail) AS facts
    FROM event_step
    WHERE 1 = ANY(%(topics)s) AND (life, txid, id) > (%(life)s::smallint, %(txid)s::xid8, %(row_1)s)
          AND (life, txid) < (%(until_life)s::smallint, %(until_txid)s::xid8)
    ORDER BY life, txid, id
    LIMIT %(limit)s
),

warnings AS (
    SELECT 2 AS topic, life, txid, id, at, event_id, 'warning' AS verb,
           jsonb_build_object('id', id, 'state', state, 'due_at', due_at, 'share', share) AS facts
    FROM event_warning
    WHERE 2 = ANY(%(topics)s) AND (life, txid, id) > (%(life)s::smallint, %(txid)s::xid8, %(row_2)s)
          AND (life, txid) < (%(until_life)s::smallint, %(until_txid)s::xid8)
    ORDER BY life, txid, id
    LIMIT %(limit)s
),

versions AS (
    SELECT 3 AS topic, life, txid, id, published_at AS at, NULL::bigint AS event_id, 'published' AS verb,
           jsonb_build_object('id', id, 'coverage', coverage, 'valid_from', valid_from, 'note', note,
                              'plan_id', plan_id) AS facts
    FROM coverage_version
    WHERE 3 = ANY(%(topics)s) AND (life, txid, id) > (%(life)s::smallint, %(txid)s::xid8, %(row_3)s)
          AND (life, txid) < (%(until_life)s::smallint, %(until_txid)s::xid8)
    ORDER BY life, txid, id
    LIMIT %(limit)s
)

SELECT topic, life, txid::text, id, at, event_id, verb, facts
FROM (SELECT * FROM steps UNION ALL SELECT * FROM warnings UNION ALL SELECT * FROM versions) AS logs
ORDER BY logs.life, logs.txid, logs.topic, logs.id
LIMIT %(limit)s;
