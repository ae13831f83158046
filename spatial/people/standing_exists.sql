-- Whether what a standing names is there for the reader (nothing named: true), and the worker's unit.
SELECT %(area)s::text IS NULL OR EXISTS (
           SELECT FROM unit_version AS u
           WHERE u.coverage = 'grids' AND u.code = %(area)s AND upper_inf(u.sys) AND u.valid @> now()
       ),
       %(organisation_id)s::bigint IS NULL OR EXISTS (SELECT FROM organisation WHERE id = %(organisation_id)s),
       %(worker_id)s::bigint IS NULL OR EXISTS (SELECT FROM worker WHERE id = %(worker_id)s),
       (SELECT w.unit_code FROM worker AS w WHERE w.id = %(worker_id)s);
