SELECT key, title, title_en, icon, colour, risk_bearing, extras, checklist, every_days, lead_days, raise_after,
       lower_after, responsible_role, event_category, public_rank, retired_at, etag, created_at
FROM place_kind
WHERE %(key)s::text IS NULL OR key = %(key)s
ORDER BY retired_at NULLS FIRST, key;
