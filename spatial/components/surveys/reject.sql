UPDATE surveyed AS s SET verdict = 'rejected', reasons = ARRAY[r.reason], changes = NULL
FROM unnest(%(rows)s::integer[], %(reasons)s::text[]) AS r (row_number, reason)
WHERE s.row_number = r.row_number;
