SELECT a.id, a.full_text, a.name_en, a.kind, a.source, a.external_id, a.generated, a.valid_from, a.valid_until,
       a.province, a.city, a.district, a.street, a.community, a.road, a.number, a.building, a.unit, a.floor, a.room, a.name,
       ST_X(a.geom) AS lon, ST_Y(a.geom) AS lat,
       coalesce((
           SELECT jsonb_agg(jsonb_build_object(
               'id', n.id, 'name', n.name, 'kind', n.kind, 'valid_from', n.valid_from, 'valid_until', n.valid_until,
               'note', n.note, 'source', n.source) ORDER BY n.id)
           FROM address_alias AS n WHERE n.address_id = a.id), '[]'::jsonb) AS aliases
FROM address AS a
WHERE a.id = %(id)s;
