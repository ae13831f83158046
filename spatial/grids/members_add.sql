INSERT INTO composition (coverage, unit_id, base_unit, valid, sys)
SELECT %(coverage)s, area, base, tstzrange(%(valid_from)s, NULL), tstzrange(%(recorded)s, NULL)
FROM unnest(%(areas)s::uuid[], %(base)s::uuid[]) AS j (area, base);
