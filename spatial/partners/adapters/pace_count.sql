UPDATE adapter_pace
SET taken = taken + %(taken)s, known = known + %(known)s, refused = refused + %(refused)s, last_at = now(),
    last_good_at = CASE WHEN %(taken)s + %(known)s > 0 THEN now() ELSE last_good_at END
WHERE adapter_id = %(id)s;
