INSERT INTO inspection (place_id, level, due_from, due_on, worker_id, organisation_id)
SELECT place_id, level, %(today)s, due_on, worker_id, organisation_id
FROM unnest(%(places)s::bigint[], %(levels)s::smallint[], %(due)s::date[], %(workers)s::bigint[],
            %(organisations)s::bigint[]) AS given (place_id, level, due_on, worker_id, organisation_id)
ON CONFLICT DO NOTHING;
