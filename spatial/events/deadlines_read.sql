-- Calendar and rules as one text each: asked for at every report, and read anew only where they say something else.
SELECT (SELECT coalesce(json_agg(json_build_array(weekday, opens, closes) ORDER BY weekday, opens), '[]')
        FROM working_hours)::text,
       (SELECT coalesce(json_agg(json_build_array(day, working) ORDER BY day), '[]') FROM working_day)::text,
       (SELECT coalesce(json_agg(json_build_array(category, urgency, stage, minutes, clock, warnings)
                                 ORDER BY stage, category, urgency), '[]')
        FROM deadline_rule)::text;
