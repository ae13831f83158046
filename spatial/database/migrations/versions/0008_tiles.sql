-- How many points of a table lie in each cell: 6 x 2^level cells along the side of the Web Mercator square, for
-- a few levels, by whose the points are. Sums are whole numbers, so that taking away undoes adding exactly. A
-- change only adds rows, negative ones too, so no two writers wait for each other; compact_counts() adds them up.
CREATE TABLE layer_count (
    id bigint GENERATED ALWAYS AS IDENTITY,
    source text NOT NULL,
    level smallint NOT NULL,
    x integer NOT NULL,
    y integer NOT NULL,
    unit_code text COLLATE "C",
    organisation_id bigint,
    is_open boolean NOT NULL,
    points bigint NOT NULL,
    lon bigint NOT NULL,
    lat bigint NOT NULL,
    CONSTRAINT pk_layer_count PRIMARY KEY (id)
);
CREATE INDEX ix_layer_count_source_level_x_y ON layer_count (source, level, x, y);

-- Cell of a longitude or latitude at level 16; beyond 85.05 degrees rows of cells go on outside of the square.
CREATE FUNCTION count_column(lon double precision) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT floor((lon + 180) / 360 * 393216)::integer
$$;
CREATE FUNCTION count_row(lat double precision) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT floor((1 - asinh(tan(radians(greatest(least(lat, 89.99), -89.99)))) / pi()) / 2 * 393216)::integer
$$;

-- Write the statement that adds what changed: `added` and `removed` name relations that hold rows ('' for none),
-- the others are the arguments of the trigger: source, columns of geometry, unit and organisation ('' for none).
-- It is executed by who sees these relations: those of a trigger are seen in no function but its own.
CREATE FUNCTION counting(added text, removed text, source text, shape text, unit text, organisation text)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = city, public, pg_temp AS $$
DECLARE
    half text := 'SELECT %s::bigint AS n, ' || CASE unit WHEN '' THEN 'NULL::text' ELSE quote_ident(unit) END
        || ' AS unit_code, ' || CASE organisation WHEN '' THEN 'NULL::bigint' ELSE quote_ident(organisation) END
        || replace(' AS organisation_id, ST_Transform(CASE WHEN GeometryType(#) = ''POINT'' THEN # ELSE ST_Centroid(#) END,'
                   ' 4326) AS p FROM %s WHERE NOT ST_IsEmpty(#)', '#', quote_ident(shape));
    halves text[] := ARRAY[]::text[];
BEGIN
    IF added <> '' THEN
        halves := halves || format(half, 1, added);
    END IF;
    IF removed <> '' THEN
        halves := halves || format(half, -1, removed);
    END IF;
    RETURN 'WITH changed AS (' || array_to_string(halves, ' UNION ALL ') || '), placed AS (
        SELECT n, unit_code, organisation_id, round(ST_X(p) * 1e7)::bigint AS lon, round(ST_Y(p) * 1e7)::bigint AS lat,
               count_column(ST_X(p)) AS x, count_row(ST_Y(p)) AS y
        FROM changed
    ), fine AS (
        SELECT x, y, unit_code, organisation_id, sum(n)::bigint AS points, sum(n * lon)::bigint AS lon,
               sum(n * lat)::bigint AS lat
        FROM placed
        GROUP BY x, y, unit_code, organisation_id
        HAVING sum(n) <> 0 OR sum(n * lon) <> 0 OR sum(n * lat) <> 0
    )
    INSERT INTO layer_count (source, level, x, y, unit_code, organisation_id, is_open, points, lon, lat)
    SELECT ' || quote_literal(source) || ', level, x >> 16 - level, y >> 16 - level, unit_code, organisation_id, '
        || (unit = '' AND organisation = '') || ', sum(points), sum(lon), sum(lat)
    FROM fine, unnest(ARRAY[1, 5, 9, 13, 16]) AS l (level)
    GROUP BY level, x >> 16 - level, y >> 16 - level, unit_code, organisation_id';
END $$;

CREATE FUNCTION count_points() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM layer_count WHERE source = TG_ARGV[0];
    ELSE
        EXECUTE counting(CASE WHEN TG_OP <> 'DELETE' THEN 'after_rows' ELSE '' END,
                         CASE WHEN TG_OP <> 'INSERT' THEN 'before_rows' ELSE '' END,
                         TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], TG_ARGV[3]);
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION counting(text, text, text, text, text, text), count_points() FROM PUBLIC;
