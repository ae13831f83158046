SELECT name, title, title_en, parts, words, changed_at FROM score_rule ORDER BY name;
