INSERT INTO matter_profile (name, title, title_en, standard, source, prefix)
VALUES (%(name)s, %(title)s, %(title_en)s, %(standard)s, %(source)s, %(prefix)s)
ON CONFLICT (name) DO UPDATE SET
    title = excluded.title, title_en = excluded.title_en, standard = excluded.standard, source = excluded.source;
