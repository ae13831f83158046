-- Lines of the duty list in the editions that a decision was made from.
WITH wanted AS (
    SELECT id, edition FROM unnest(%(ids)s::bigint[], %(editions)s::integer[]) AS w (id, edition)
), lines AS (
    SELECT id, unit_code, category, organisation_id, worker_id, rank, coverage, anybody, skills, hours, valid, area,
           basis, dispute_id, edition
    FROM duty
    UNION ALL
    SELECT id, unit_code, category, organisation_id, worker_id, rank, coverage, anybody, skills, hours, valid, area,
           basis, dispute_id, edition
    FROM duty_past
)

SELECT l.id, l.unit_code, coalesce(l.category, ''), l.organisation_id, l.worker_id, l.rank, l.coverage, l.anybody,
       l.skills, l.hours, lower(l.valid), upper(l.valid), ST_AsBinary(l.area), l.basis, l.dispute_id, l.edition
FROM lines AS l
JOIN wanted AS w ON w.id = l.id AND w.edition = l.edition
ORDER BY l.id;
