SELECT d.id, d.name, d.title, d.unit_code, d.username, d.created_at, d.applied_at,
       (SELECT count(*) FROM duty_draft_change AS c WHERE c.draft_id = d.id) AS size
FROM duty_draft AS d
WHERE (%(name)s::text IS NULL OR d.name = %(name)s)
  AND (%(unit)s::text IS NULL OR coalesce(d.unit_code, '') = %(unit)s)
ORDER BY d.id DESC
LIMIT 500;
