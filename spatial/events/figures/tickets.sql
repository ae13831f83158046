SELECT id, no, title, category, source, state, urgency, address, unit_code, organisation_id, worker_id,
       ST_X(geom) AS lon, ST_Y(geom) AS lat, occurred_at, reported_at, dispatched_at, handled_at, closed_at,
       returned_count, redispatched_count, merged_into
FROM event
WHERE ({within}) AND {holds} AND {at} >= %(since_at)s AND {at} < %(until_at)s {filters}
  AND (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
  AND (%(among)s::bigint[] IS NULL OR id = ANY (%(among)s::bigint[]))
ORDER BY id DESC
LIMIT %(limit)s;
