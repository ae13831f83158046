INSERT INTO raster (name, title, title_en, bands, source, generated, content)
VALUES ('population', '人口与户数(生成)', 'People and households (generated)', ARRAY['people', 'households'],
        'generated: density of the town by buildings, demo/generate/contents/population.py', true, %(content)s);
