INSERT INTO heat_unit (code) SELECT c FROM unnest(%(codes)s::text[]) AS c ORDER BY c ON CONFLICT DO NOTHING;
