-- Counted by unit of a level, class and state; the names are those of the day that is asked for.
WITH width AS MATERIALIZED (
    SELECT max(length(code)) AS digits FROM unit_version
    WHERE coverage = 'grids' AND level = %(level)s::integer AND upper_inf(sys)
), counted AS MATERIALIZED (
    SELECT left(unit_code, (SELECT digits FROM width)) COLLATE "C" AS unit, class_code, state,
           sum(components)::bigint AS components, min(hour) AS since
    FROM component_count
    WHERE (%(at)s::timestamptz IS NULL OR hour <= %(at)s::timestamptz)
      AND (%(class_code)s::text IS NULL OR class_code ^@ %(class_code)s::text)
      AND (%(unit_from)s::text IS NULL OR (unit_code >= %(unit_from)s::text AND unit_code < %(unit_until)s::text))
    GROUP BY 1, 2, 3
), named AS MATERIALIZED (
    SELECT DISTINCT ON (code) code, name FROM unit_version
    WHERE coverage = 'grids' AND level = %(level)s::integer AND upper_inf(sys)
      AND valid @> coalesce(%(at)s::timestamptz, now())
    ORDER BY code
), kept AS (
    SELECT c.unit, n.name, c.class_code, k.name AS class_name, c.state, c.components
    FROM counted AS c
    JOIN component_class AS k ON k.code = c.class_code
    LEFT JOIN named AS n ON n.code = c.unit
    WHERE c.components <> 0
)
SELECT (SELECT coalesce(sum(components), 0)::bigint FROM counted),
       (SELECT min(since) FROM counted),
       (SELECT '[' || string_agg(
            '{"unit":' || coalesce('"' || unit || '"', 'null') || ',"unit_name":' || coalesce(to_json(name)::text, 'null')
            || ',"class_code":"' || class_code || '","class_name":' || to_json(class_name)::text
            || ',"state":' || to_json(state)::text || ',"components":' || components || '}',
            ',' ORDER BY unit NULLS LAST, class_code, state) || ']'
        FROM kept);
