SELECT s.datastream_id, coalesce(d.unit ->> 'symbol', ''), array_agg(s.state_id)
FROM alarm_sensor AS s JOIN datastream AS d ON d.id = s.datastream_id
WHERE s.datastream_id = ANY (%(datastreams)s::bigint[])
GROUP BY 1, 2;
