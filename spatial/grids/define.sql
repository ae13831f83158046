INSERT INTO coverage (name, title, title_en, kind, profession, levels, code_profile, tolerance_m, within, within_level,
                      composed_of, complete, limits)
VALUES (%(name)s, %(title)s, %(title_en)s, %(kind)s, %(profession)s, %(levels)s, %(code_profile)s, %(tolerance_m)s,
        %(within)s, %(within_level)s, %(composed_of)s, %(complete)s, %(limits)s);
