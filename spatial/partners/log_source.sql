SELECT source::text FROM log_life ORDER BY life DESC LIMIT 1;
