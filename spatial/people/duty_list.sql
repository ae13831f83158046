-- Lines of the grids that hold in all of their unit, with whom they name.
SELECT d.unit_code, d.category, d.rank, o.name, o.name_en, w.name, w.role, w.phone,
       coalesce(w.on_duty, false), w.id, d.hours, lower(d.valid), upper(d.valid),
       d.skills <@ coalesce(w.skills, d.skills), d.dispute_id
FROM duty AS d
JOIN organisation AS o ON o.id = d.organisation_id
LEFT JOIN worker AS w ON w.id = d.worker_id
WHERE d.coverage = 'grids' AND d.area IS NULL AND NOT isempty(d.valid)
ORDER BY d.id;
