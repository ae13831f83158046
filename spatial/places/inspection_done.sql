UPDATE inspection AS i
SET state = 'done', result = %(result)s, findings = %(findings)s, note = %(note)s, done_at = %(at)s,
    account_id = my_account(), username = %(username)s, stood = s.point,
    distance_m = ST_Distance(coalesce(p.area, p.geom)::geography, s.point::geography)
FROM place AS p,
     (SELECT ST_SetSRID(ST_MakePoint(%(lon)s::float8, %(lat)s::float8), 4326) AS point) AS s
WHERE i.id = %(id)s AND p.id = i.place_id;
