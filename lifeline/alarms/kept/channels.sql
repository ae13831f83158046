SELECT id, coalesce(unit ->> 'symbol', '') FROM datastream
WHERE id = ANY (%(datastreams)s::bigint[]) AND organisation_id IS NOT DISTINCT FROM %(organisation)s;
