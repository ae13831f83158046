SELECT d.unit_code, d.category, d.rank, o.name, o.name_en, w.name, w.role, w.phone,
       coalesce(w.on_duty, false), w.id
FROM duty AS d
JOIN organisation AS o ON o.id = d.organisation_id
LEFT JOIN worker AS w ON w.id = d.worker_id
ORDER BY d.unit_code, d.category, d.rank, d.id;
