SELECT d.id, d.unit ->> 'symbol', d.feature_id IS NULL AND t.location_ids <> '{}'
FROM datastream AS d JOIN thing AS t ON t.id = d.thing_id WHERE d.id = ANY (%(datastreams)s::bigint[]);
