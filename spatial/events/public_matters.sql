SELECT key, theme, title, title_en, hint, hint_en, category FROM public_matter ORDER BY rank, key;
