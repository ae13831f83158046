-- Of movers only those that the reader sees. Of groups, whoever has an area names only those of whom every member is
-- seen: in that area, or of the own organisation.
INSERT INTO patrol_member (plan_id, mover_id, organisation_id, unit_code, since)
SELECT %(plan_id)s, %(mover_id)s, %(organisation_id)s, %(unit_code)s, coalesce(%(since)s, now())
WHERE CASE WHEN %(mover_id)s::bigint IS NOT NULL THEN EXISTS (SELECT FROM mover AS v WHERE v.id = %(mover_id)s)
           ELSE current_user <> %(area)s OR %(organisation_id)s::bigint = (SELECT my_organisation())
                OR %(unit_code)s::text COLLATE "C" >= (SELECT area_from())
                   AND %(unit_code)s::text COLLATE "C" < (SELECT area_until()) END;
