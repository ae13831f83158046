-- What a layer is made of: the schema and reference system it is stored in, the tables it shows, and what
-- people should know of it.
ALTER TABLE layer
    ADD COLUMN schema text DEFAULT 'city' NOT NULL,
    ADD COLUMN srid integer DEFAULT 4326 NOT NULL,
    ADD COLUMN editable boolean DEFAULT false NOT NULL,
    ADD COLUMN sources text[] DEFAULT '{}' NOT NULL,
    ADD COLUMN by_clock boolean DEFAULT false NOT NULL,
    ADD COLUMN about jsonb DEFAULT '{}' NOT NULL;

-- Tables that layers were published from stand apart from the tables of the platform.
CREATE SCHEMA IF NOT EXISTS published;

CREATE TABLE layer_change (
    id bigint GENERATED ALWAYS AS IDENTITY,
    source text NOT NULL,
    xid bigint DEFAULT pg_current_xact_id()::text::bigint NOT NULL,
    tiles integer[],
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_layer_change PRIMARY KEY (id)
);
CREATE INDEX ix_layer_change_source_xid ON layer_change (source, xid);

-- The z12 tiles of Web Mercator that shapes touch, as x, y, x, y …; NULL when they are many or have none.
CREATE FUNCTION touched_tiles(shapes geometry[]) RETURNS integer[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    found integer[];
BEGIN
    WITH box AS (
        SELECT ST_XMin(shape) AS west, ST_XMax(shape) AS east,
               greatest(least(ST_YMin(shape), 85.0511), -85.0511) AS south,
               greatest(least(ST_YMax(shape), 85.0511), -85.0511) AS north
        FROM unnest(shapes) AS s (shape)
        WHERE shape IS NOT NULL AND NOT ST_IsEmpty(shape)
    ), span AS (
        SELECT floor((west + 180) / 360 * 4096)::int AS x0, floor((east + 180) / 360 * 4096)::int AS x1,
               floor((1 - asinh(tan(radians(north))) / pi()) / 2 * 4096)::int AS y0,
               floor((1 - asinh(tan(radians(south))) / pi()) / 2 * 4096)::int AS y1
        FROM box
    )
    SELECT array_agg(pair) INTO found
    FROM (
        SELECT DISTINCT x, y
        FROM span, generate_series(x0, least(x1, x0 + 65)) AS x, generate_series(y0, least(y1, y0 + 65)) AS y
        LIMIT 65
    ) AS tile, LATERAL unnest(ARRAY[x, y]) AS pair;
    RETURN CASE WHEN cardinality(found) BETWEEN 1 AND 128 THEN found END;
END $$;

-- One row and one message a statement. The trigger's arguments: the source as `schema.table`, its geometry
-- column ('' for none) and how that becomes longitude and latitude.
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
DECLARE
    halves text[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY['after_rows'] WHEN 'DELETE' THEN ARRAY['before_rows']
                                WHEN 'UPDATE' THEN ARRAY['before_rows', 'after_rows'] ELSE '{}' END;
    half text;
    rows bigint := 0;
    few bigint;
    shapes geometry[] := '{}';
    part geometry[];
    touched integer[];
BEGIN
    FOREACH half IN ARRAY halves LOOP
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %I LIMIT 2000) AS few', half) INTO few;
        rows := rows + few;
        IF TG_ARGV[1] <> '' AND few < 2000 THEN
            EXECUTE format('SELECT array_agg(ST_Transform(ST_Envelope(%I), 4326)) FROM %I', TG_ARGV[1], half) INTO part;
            shapes := shapes || coalesce(part, '{}');
        ELSE
            shapes := NULL;
        END IF;
    END LOOP;
    IF rows = 0 AND TG_OP <> 'TRUNCATE' THEN
        RETURN NULL;
    END IF;
    touched := CASE WHEN shapes <> '{}' THEN touched_tiles(shapes) END;
    INSERT INTO layer_change (source, tiles) VALUES (TG_ARGV[0], touched);
    PERFORM pg_notify('citygrid', json_build_object('kind', 'rows', 'source', TG_ARGV[0], 'tiles', touched)::text);
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION note_change() FROM PUBLIC;

-- Whether a figure that was taken at a snapshot is out of date: some change of its sources is seen now that
-- was not seen then. Tells no more than that, so it may read the feed for everybody. Every page of features asks
-- it: PL/pgSQL keeps the plan, and transactions older than the snapshot's oldest are left out by the index.
CREATE FUNCTION changed_since(of_sources text[], then_seen pg_snapshot) RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = city, public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM layer_change AS c
        WHERE c.source = ANY (of_sources) AND c.xid >= pg_snapshot_xmin(then_seen)::text::bigint
          AND NOT pg_visible_in_snapshot(c.xid::text::xid8, then_seen)
    );
END $$;
