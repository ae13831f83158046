UPDATE place_kind
SET title = %(title)s, title_en = %(title_en)s, icon = %(icon)s, colour = %(colour)s,
    risk_bearing = %(risk_bearing)s, extras = %(extras)s, checklist = %(checklist)s,
    every_days = %(every_days)s, lead_days = %(lead_days)s, raise_after = %(raise_after)s,
    lower_after = %(lower_after)s, responsible_role = %(responsible_role)s,
    event_category = %(event_category)s, public_rank = %(public_rank)s, retired_at = %(retired_at)s, etag = etag + 1
WHERE key = %(key)s;
