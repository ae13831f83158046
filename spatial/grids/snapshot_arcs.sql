SELECT ST_AsBinary(a.geom), a.start_node, a.end_node, l.code, r.code
FROM arc AS a
LEFT JOIN unit_version AS l
       ON l.unit_id = a.left_unit AND upper_inf(l.sys) AND l.valid @> %(at)s::timestamptz
LEFT JOIN unit_version AS r
       ON r.unit_id = a.right_unit AND upper_inf(r.sys) AND r.valid @> %(at)s::timestamptz
WHERE a.coverage = %(coverage)s AND upper_inf(a.sys) AND a.valid @> %(at)s::timestamptz
ORDER BY a.id;
