-- `conditions` are written by records.py; every value is bound. Where somebody stood is for who may know where people
-- went, and for whoever wrote it.
SELECT r.id, r.place_id, r.component_id, r.link_id, r.mover_id, r.result, r.note, r.distance_m, r.at, r.username,
       ST_X(s.stood) AS stood_lon, ST_Y(s.stood) AS stood_lat
FROM patrol_record AS r
CROSS JOIN LATERAL (
    SELECT CASE WHEN (SELECT my_role()) = ANY (%(knows)s) OR r.account_id = (SELECT my_account())
                THEN r.stood END AS stood
) AS s
WHERE {conditions}
ORDER BY r.id DESC
LIMIT %(limit)s;
