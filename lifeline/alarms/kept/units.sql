SELECT id, coalesce(unit ->> 'symbol', '') FROM datastream WHERE id = ANY (%(datastreams)s::bigint[]);
