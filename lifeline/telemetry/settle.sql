WITH lacking AS (
    SELECT d.id, d.organisation_id, t.location_ids[1] AS location_id
    FROM datastream AS d JOIN thing AS t ON t.id = d.thing_id
    WHERE d.id = ANY (%(datastreams)s::bigint[]) AND d.feature_id IS NULL AND t.location_ids <> '{}'
), made AS (
    INSERT INTO feature_of_interest (name, description, encoding_type, shape, geom, organisation_id, location_id)
    SELECT DISTINCT ON (l.id) l.name, l.description, l.encoding_type, l.shape, l.geom, l.organisation_id, l.id
    FROM lacking JOIN location AS l ON l.id = lacking.location_id ORDER BY l.id
    ON CONFLICT (location_id) DO UPDATE SET location_id = excluded.location_id
    RETURNING id, location_id
)
UPDATE datastream AS d SET feature_id = made.id
FROM lacking JOIN made USING (location_id) WHERE d.id = lacking.id;
