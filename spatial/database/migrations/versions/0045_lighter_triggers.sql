-- Rows that are added or changed one by one, as events are, cost less: what is known of most tables of ours (how
-- their columns are called) stands in statements whose plans are kept, where a text was planned anew each time.
CREATE OR REPLACE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
        IF half = 'after_rows' THEN
            SELECT count(*) INTO few FROM (SELECT FROM after_rows LIMIT 2000) AS first_rows;
        ELSE
            SELECT count(*) INTO few FROM (SELECT FROM before_rows LIMIT 2000) AS first_rows;
        END IF;
        rows := rows + few;
        IF TG_ARGV[1] = '' OR few = 2000 THEN
            shapes := NULL;
            CONTINUE;
        ELSIF TG_ARGV[1] <> 'geom' THEN
            EXECUTE format('SELECT array_agg(ST_Transform(ST_Envelope(%I), 4326)) FROM %I', TG_ARGV[1], half) INTO part;
        ELSIF half = 'after_rows' THEN
            SELECT array_agg(ST_Transform(ST_Envelope(geom), 4326)) INTO part FROM after_rows;
        ELSE
            SELECT array_agg(ST_Transform(ST_Envelope(geom), 4326)) INTO part FROM before_rows;
        END IF;
        shapes := shapes || coalesce(part, '{}');
    END LOOP;
    IF rows = 0 AND TG_OP <> 'TRUNCATE' THEN
        RETURN NULL;
    END IF;
    touched := CASE WHEN shapes <> '{}' THEN touched_tiles(shapes) END;
    INSERT INTO layer_change (source, tiles) VALUES (TG_ARGV[0], touched);
    PERFORM pg_notify('citygrid', json_build_object('kind', 'rows', 'source', TG_ARGV[0], 'tiles', touched)::text);
    RETURN NULL;
END $$;

-- `counting` writes the statements, here for tables whose columns are called as ours are; the source is the
-- trigger's own argument.
DO $make$
DECLARE
    ours text[] := ARRAY['geom', 'unit_code', 'organisation_id'];
    added text := counting('after_rows', '', '@', 'geom', 'unit_code', 'organisation_id');
    changed text := counting('after_rows', 'before_rows', '@', 'geom', 'unit_code', 'organisation_id');
BEGIN
    EXECUTE replace(format($code$
        CREATE OR REPLACE FUNCTION count_points() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = city, public, pg_temp SET plan_cache_mode = force_generic_plan AS $body$
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN
                DELETE FROM layer_count WHERE source = TG_ARGV[0];
            ELSIF TG_OP = 'INSERT' AND TG_ARGV[1] = 'geom' AND TG_ARGV[2] = 'unit_code' AND TG_ARGV[3] = 'organisation_id' THEN
                %s;
            ELSIF TG_OP = 'UPDATE' AND TG_ARGV[1] = 'geom' AND TG_ARGV[2] = 'unit_code' AND TG_ARGV[3] = 'organisation_id' THEN
                %s;
            ELSE
                EXECUTE counting(CASE WHEN TG_OP <> 'DELETE' THEN 'after_rows' ELSE '' END,
                                 CASE WHEN TG_OP <> 'INSERT' THEN 'before_rows' ELSE '' END,
                                 TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], TG_ARGV[3]);
            END IF;
            RETURN NULL;
        END $body$
    $code$, added, changed), quote_literal('@'), 'TG_ARGV[0]');
END $make$;
