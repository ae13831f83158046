SELECT id, wrapped, retired_at IS NOT NULL AS retired
FROM data_key
WHERE purpose = %(purpose)s
ORDER BY id;
