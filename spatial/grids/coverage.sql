SELECT name, title, title_en, kind, levels, code_profile, tolerance_m, profession, within, within_level, composed_of,
       complete, limits
FROM coverage
WHERE %(coverage)s::text IS NULL OR name = %(coverage)s
ORDER BY name;
