SELECT day, generation FROM archive_day WHERE tier <> %(dropped)s;
