INSERT INTO place_kind (key, title, title_en, icon, colour, risk_bearing, extras, checklist, every_days, lead_days,
                        raise_after, lower_after, responsible_role, event_category, public_rank)
VALUES (%(key)s, %(title)s, %(title_en)s, %(icon)s, %(colour)s, %(risk_bearing)s, %(extras)s, %(checklist)s,
        %(every_days)s, %(lead_days)s, %(raise_after)s, %(lower_after)s, %(responsible_role)s,
        %(event_category)s, %(public_rank)s);
