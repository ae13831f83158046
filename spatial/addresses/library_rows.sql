-- Addresses that were written after a state, or that have gone out of use since a day, with their other names.
SELECT a.id, a.full_text, a.kind, ST_X(a.geom) AS lon, ST_Y(a.geom) AS lat, a.generated,
       coalesce(a.valid_until <= current_date, false) AS retired,
       a.province, a.city, a.district, a.street, a.community, a.road, a.number, a.building, a.unit, a.floor, a.room, a.name,
       n.names
FROM address AS a
LEFT JOIN (
    SELECT address_id, array_agg(ARRAY[name, kind, coalesce(valid_until::text, '')] ORDER BY id) AS names
    FROM address_alias
    WHERE address_id IS NOT NULL
    GROUP BY address_id
) AS n ON n.address_id = a.id
WHERE a.stamp > %(stamp)s OR (a.valid_until > %(day)s AND a.valid_until <= current_date)
ORDER BY a.id;
