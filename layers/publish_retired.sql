SELECT schema, relation FROM published_table
WHERE retired_at <= now() - make_interval(secs => %(seconds)s)
ORDER BY 1, 2;
