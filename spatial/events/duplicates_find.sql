-- Pairs of events under way, near each other in place, matter and time; the nearest of each are looked at. A degree
-- is 111,195 m along a meridian; the box takes twice the reach to be wide enough at 60 degrees of latitude, and the
-- distance then decides. Nothing but the distance is sorted by, and nothing joined below it: so the index gives
-- the nearest first. The moments are reckoned with before they are compared, so that no index is asked about them:
-- that of a week names every page of the last days, for each event anew.
WITH alike AS MATERIALIZED (
    SELECT own.code, array_agg(other.code) AS matters
    FROM matter AS own
    JOIN matter AS other ON other.class_code = own.class_code
    GROUP BY own.code
), mine AS MATERIALIZED (
    SELECT e.id, e.geom, e.category, e.occurred_at, e.component_id, a.matters
    FROM event AS e
    JOIN alike AS a ON a.code = e.category
    WHERE e.id = ANY (%(ids)s::bigint[])
        AND e.state IN ('reported', 'accepted', 'filed', 'dispatched', 'handled', 'verified')
), pairs AS (
    SELECT greatest(e.id, o.id) AS event_id, least(e.id, o.id) AS other_id,
           ST_DistanceSphere(e.geom, o.geom) AS distance_m,
           coalesce(e.component_id = o.component_id, false) AS same_component,
           e.category = o.category AS same_matter,
           abs(extract(epoch FROM e.occurred_at - o.occurred_at))::double precision / 3600 AS hours_apart
    FROM mine AS e
    CROSS JOIN LATERAL (
        SELECT n.id, n.geom, n.category, n.component_id, n.occurred_at
        FROM event AS n
        WHERE n.id <> e.id
            AND n.category = ANY (e.matters)
            AND n.geom && ST_Expand(e.geom, %(reach_m)s / 111195.0 * 2)
            AND n.state IN ('reported', 'accepted', 'filed', 'dispatched', 'handled', 'verified')
            AND n.occurred_at - e.occurred_at BETWEEN - %(days)s * interval '1 day' AND %(days)s * interval '1 day'
        ORDER BY n.geom <-> e.geom
        LIMIT %(neighbours)s
    ) AS o
), scored AS (
    SELECT DISTINCT event_id, other_id, distance_m, same_component, same_matter, hours_apart,
           0.45 * CASE WHEN same_component THEN 1 ELSE 1 - distance_m / %(reach_m)s END
           + 0.35 * CASE WHEN same_matter THEN 1 ELSE 0.5 END
           + 0.2 * (1 - hours_apart / (24 * %(days)s)) AS score
    FROM pairs
    WHERE distance_m <= %(reach_m)s
)

SELECT event_id, other_id, round(score::numeric, 3)::double precision AS score,
       jsonb_build_object('distance_m', round(distance_m::numeric, 1), 'same_component', same_component,
                          'same_matter', same_matter, 'hours_apart', round(hours_apart::numeric, 2)) AS reasons
FROM scored
WHERE score >= %(least)s
ORDER BY score DESC, event_id, other_id
LIMIT 10000;
