INSERT INTO public_matter (key, theme, title, title_en, hint, hint_en, category, rank)
VALUES (%(key)s, %(theme)s, %(title)s, %(title_en)s, %(hint)s, %(hint_en)s, %(category)s, %(rank)s);
