SELECT bands, changed_at FROM raster WHERE name = %(name)s;
