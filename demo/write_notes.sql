INSERT INTO city_note (notes) VALUES (%(notes)s)
ON CONFLICT (id) DO UPDATE SET notes = EXCLUDED.notes;
