-- As far as the reader sees it.
SELECT id FROM cry WHERE id = %(id)s;
