SELECT count(*), coalesce(sum({times}), 0)::bigint
FROM event
WHERE ({within}) AND {holds} AND {at} >= %(since_at)s AND {at} < %(until_at)s {filters}
  AND (%(among)s::bigint[] IS NULL OR id = ANY (%(among)s::bigint[]));
