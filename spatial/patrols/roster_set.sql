INSERT INTO roster_policy (organisation_id, mode, margin_min, duty_by)
SELECT o.id, %(mode)s, %(margin_min)s, %(duty_by)s
FROM (SELECT id FROM organisation WHERE code = %(organisation)s
      UNION ALL SELECT NULL WHERE %(organisation)s::text IS NULL) AS o
ON CONFLICT (organisation_id) DO UPDATE SET mode = excluded.mode, margin_min = excluded.margin_min,
                                            duty_by = excluded.duty_by;
