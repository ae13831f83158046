INSERT INTO score_rule (name, title, title_en, parts, words)
VALUES (%(name)s, %(title)s, %(title_en)s, %(parts)s, %(words)s)
ON CONFLICT (name) DO UPDATE
SET title = excluded.title, title_en = excluded.title_en, parts = excluded.parts, words = excluded.words,
    changed_at = now();
