SELECT content FROM raster WHERE name = %(name)s;
