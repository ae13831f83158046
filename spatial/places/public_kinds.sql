SELECT key, title, coalesce(nullif(title_en, ''), title) AS title_en, icon, colour
FROM place_kind
WHERE public_rank IS NOT NULL AND retired_at IS NULL
ORDER BY public_rank, key;
