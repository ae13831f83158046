SELECT (SELECT count(*) FROM alarm_state WHERE rule_id = %(id)s) AS conditions,
       (SELECT count(*) FROM alarm WHERE rule_id = %(id)s AND closed_at IS NULL) AS standing,
       (SELECT coalesce(jsonb_object_agg(key, times), '{}') FROM (
            SELECT e.key, sum(e.value::bigint) AS times
            FROM alarm_state AS s, jsonb_each_text(s.refused) AS e (key, value)
            WHERE s.rule_id = %(id)s GROUP BY 1) AS counted) AS refused;
