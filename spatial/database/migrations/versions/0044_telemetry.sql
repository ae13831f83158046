-- What stands in the city and measures, after OGC SensorThings 1.1 (18-088).
CREATE TABLE location (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    name text NOT NULL,
    description text DEFAULT '' NOT NULL,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    organisation_id bigint,
    encoding_type text NOT NULL,
    shape jsonb NOT NULL,
    geom geometry(Geometry, 4326) NOT NULL,
    CONSTRAINT pk_location PRIMARY KEY (id),
    CONSTRAINT fk_location_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_location_organisation_id ON location (organisation_id);
CREATE INDEX ix_location_geom ON location USING gist (geom);
CREATE TABLE thing (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    name text NOT NULL,
    description text DEFAULT '' NOT NULL,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    organisation_id bigint,
    location_ids bigint[] DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_thing PRIMARY KEY (id),
    CONSTRAINT fk_thing_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_thing_organisation_id ON thing (organisation_id);
CREATE INDEX ix_thing_location_ids ON thing USING gin (location_ids);
CREATE TABLE historical_location (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    thing_id bigint NOT NULL,
    time timestamptz NOT NULL,
    location_ids bigint[] DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_historical_location PRIMARY KEY (id),
    CONSTRAINT fk_historical_location_thing_id FOREIGN KEY (thing_id) REFERENCES thing (id) ON DELETE CASCADE
);
CREATE INDEX ix_historical_location_thing_id ON historical_location (thing_id, time);
CREATE INDEX ix_historical_location_location_ids ON historical_location USING gin (location_ids);
CREATE TABLE sensor (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    name text NOT NULL,
    description text DEFAULT '' NOT NULL,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    organisation_id bigint,
    encoding_type text DEFAULT '' NOT NULL,
    metadata jsonb,
    CONSTRAINT pk_sensor PRIMARY KEY (id),
    CONSTRAINT fk_sensor_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_sensor_organisation_id ON sensor (organisation_id);
CREATE TABLE observed_property (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    name text NOT NULL,
    description text DEFAULT '' NOT NULL,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    organisation_id bigint,
    definition text NOT NULL,
    CONSTRAINT pk_observed_property PRIMARY KEY (id),
    CONSTRAINT fk_observed_property_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_observed_property_organisation_id ON observed_property (organisation_id);
CREATE TABLE feature_of_interest (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    name text NOT NULL,
    description text DEFAULT '' NOT NULL,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    organisation_id bigint,
    encoding_type text NOT NULL,
    shape jsonb NOT NULL,
    geom geometry(Geometry, 4326) NOT NULL,
    location_id bigint,
    CONSTRAINT pk_feature_of_interest PRIMARY KEY (id),
    CONSTRAINT fk_feature_of_interest_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_feature_of_interest_location_id FOREIGN KEY (location_id) REFERENCES location (id) ON DELETE SET
        NULL,
    CONSTRAINT uq_feature_of_interest_location_id UNIQUE (location_id)
);
CREATE INDEX ix_feature_of_interest_organisation_id ON feature_of_interest (organisation_id);
CREATE INDEX ix_feature_of_interest_geom ON feature_of_interest USING gist (geom);
CREATE TABLE datastream (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    name text NOT NULL,
    description text DEFAULT '' NOT NULL,
    properties jsonb DEFAULT '{}'::jsonb NOT NULL,
    organisation_id bigint,
    thing_id bigint NOT NULL,
    sensor_id bigint NOT NULL,
    observed_property_id bigint NOT NULL,
    observation_type text DEFAULT '' NOT NULL,
    unit jsonb NOT NULL,
    observed_area geometry(Geometry, 4326),
    expected_s double precision,
    range_from double precision,
    range_until double precision,
    network_id bigint,
    feature_code text,
    feature_id bigint,
    CONSTRAINT pk_datastream PRIMARY KEY (id),
    CONSTRAINT fk_datastream_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_datastream_thing_id FOREIGN KEY (thing_id) REFERENCES thing (id) ON DELETE CASCADE,
    CONSTRAINT fk_datastream_sensor_id FOREIGN KEY (sensor_id) REFERENCES sensor (id) ON DELETE CASCADE,
    CONSTRAINT fk_datastream_observed_property_id FOREIGN KEY (observed_property_id)
        REFERENCES observed_property (id) ON DELETE CASCADE,
    CONSTRAINT fk_datastream_network_id FOREIGN KEY (network_id) REFERENCES network (id) ON DELETE SET NULL,
    CONSTRAINT fk_datastream_feature_id FOREIGN KEY (feature_id) REFERENCES feature_of_interest (id) ON DELETE SET
        NULL
);
CREATE INDEX ix_datastream_organisation_id ON datastream (organisation_id);
CREATE INDEX ix_datastream_thing_id ON datastream (thing_id);
CREATE INDEX ix_datastream_sensor_id ON datastream (sensor_id);
CREATE INDEX ix_datastream_observed_property_id ON datastream (observed_property_id);
CREATE INDEX ix_datastream_feature_id ON datastream (feature_id);
CREATE INDEX ix_datastream_network_id ON datastream (network_id, feature_code);

-- Named by datastream and time: the same value sent twice is there once, and no number is drawn for 36 thousand
-- million rows a year. No foreign keys: asked for each row, they would take as long as all the rest.
CREATE TABLE observation (
    datastream_id bigint NOT NULL,
    phenomenon_time timestamptz NOT NULL,
    phenomenon_end timestamptz,
    result double precision,
    result_other jsonb,
    result_time timestamptz,
    result_quality jsonb,
    valid_from timestamptz,
    valid_until timestamptz,
    parameters jsonb,
    feature_id bigint,
    CONSTRAINT pk_observation PRIMARY KEY (datastream_id, phenomenon_time),
    CONSTRAINT ck_observation_result CHECK (num_nonnulls(result, result_other) = 1)
) PARTITION BY RANGE (phenomenon_time);
CREATE INDEX ix_observation_phenomenon_time ON observation USING brin (phenomenon_time);
CREATE INDEX ix_observation_feature_id ON observation USING brin (feature_id);

-- The newest of each datastream, kept on write.
CREATE TABLE latest_observation (
    datastream_id bigint NOT NULL,
    phenomenon_time timestamptz NOT NULL,
    phenomenon_end timestamptz,
    result double precision,
    result_other jsonb,
    result_time timestamptz,
    result_quality jsonb,
    valid_from timestamptz,
    valid_until timestamptz,
    parameters jsonb,
    feature_id bigint,
    first_time timestamptz NOT NULL,
    CONSTRAINT pk_latest_observation PRIMARY KEY (datastream_id)
) WITH (fillfactor = 70);

-- Make the month of observations that begins on a day; tells whether it was missing.
CREATE FUNCTION observation_month(month date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, public, pg_temp AS $$
DECLARE
    begins date := date_trunc('month', month)::date;
    name text := 'observation_' || to_char(begins, 'YYYYMM');
BEGIN
    IF to_regclass('city.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('citygrid.observation_month'));
    IF to_regclass('city.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Attached, and not made as a partition: that would wait for everybody who reads or writes observations.
    EXECUTE format('CREATE TABLE city.%I (LIKE city.observation INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE city.observation ATTACH PARTITION city.%I FOR VALUES FROM (%L) TO (%L)', name,
                   begins::timestamp AT TIME ZONE 'UTC',
                   (begins + interval '1 month')::timestamp AT TIME ZONE 'UTC');
    RETURN true;
END $$;

-- The newest by its own time, whatever comes late: it never moves back. Rows are taken in the order of their
-- datastreams, so that two batches never wait for one another both ways.
CREATE FUNCTION observation_arrives() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    INSERT INTO latest_observation AS l (datastream_id, phenomenon_time, phenomenon_end, result, result_other,
        result_time, result_quality, valid_from, valid_until, parameters, feature_id, first_time)
    SELECT DISTINCT ON (datastream_id) datastream_id, phenomenon_time, phenomenon_end, result, result_other,
        result_time, result_quality, valid_from, valid_until, parameters, feature_id, min(phenomenon_time) OVER
        (PARTITION BY datastream_id)
    FROM added ORDER BY datastream_id, phenomenon_time DESC
    ON CONFLICT (datastream_id) DO UPDATE
    SET (datastream_id, phenomenon_time, phenomenon_end, result, result_other, result_time, result_quality,
        valid_from, valid_until, parameters, feature_id, first_time)
      = (excluded.datastream_id, excluded.phenomenon_time, excluded.phenomenon_end, excluded.result,
          excluded.result_other, excluded.result_time, excluded.result_quality, excluded.valid_from,
          excluded.valid_until, excluded.parameters, excluded.feature_id, least(l.first_time, excluded.first_time))
    WHERE excluded.phenomenon_time > l.phenomenon_time;
    UPDATE latest_observation AS l SET first_time = a.first_time
    FROM (SELECT datastream_id, min(phenomenon_time) AS first_time FROM added GROUP BY 1 ORDER BY 1) AS a
    WHERE l.datastream_id = a.datastream_id AND a.first_time < l.first_time;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION observation_arrives() FROM PUBLIC;
CREATE TRIGGER arrives AFTER INSERT ON observation REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION observation_arrives();

-- What was corrected or taken away may have been the newest, or the first.
CREATE FUNCTION observation_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
DECLARE
    theirs bigint[];
BEGIN
    WITH gone AS (
        DELETE FROM latest_observation AS l USING removed AS r
        WHERE l.datastream_id = r.datastream_id AND r.phenomenon_time IN (l.phenomenon_time, l.first_time)
        RETURNING l.datastream_id
    )
    SELECT array_agg(DISTINCT datastream_id) INTO theirs FROM gone;
    INSERT INTO latest_observation (datastream_id, phenomenon_time, phenomenon_end, result, result_other,
        result_time, result_quality, valid_from, valid_until, parameters, feature_id, first_time)
    SELECT o.datastream_id, o.phenomenon_time, o.phenomenon_end, o.result, o.result_other, o.result_time,
        o.result_quality, o.valid_from, o.valid_until, o.parameters, o.feature_id, f.phenomenon_time
    FROM unnest(theirs) AS d (id)
    CROSS JOIN LATERAL (SELECT * FROM observation AS x WHERE x.datastream_id = d.id
                        ORDER BY x.phenomenon_time DESC LIMIT 1) AS o
    CROSS JOIN LATERAL (SELECT x.phenomenon_time FROM observation AS x WHERE x.datastream_id = d.id
                        ORDER BY x.phenomenon_time LIMIT 1) AS f
    ON CONFLICT (datastream_id) DO NOTHING;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION observation_changes() FROM PUBLIC;
CREATE TRIGGER changes_row AFTER UPDATE ON observation REFERENCING OLD TABLE AS removed
FOR EACH STATEMENT EXECUTE FUNCTION observation_changes();
CREATE TRIGGER goes AFTER DELETE ON observation REFERENCING OLD TABLE AS removed
FOR EACH STATEMENT EXECUTE FUNCTION observation_changes();

-- With a datastream go its values, which have no foreign key.
CREATE FUNCTION datastream_goes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    DELETE FROM observation WHERE datastream_id IN (SELECT id FROM removed);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION datastream_goes() FROM PUBLIC;
CREATE TRIGGER goes AFTER DELETE ON datastream REFERENCING OLD TABLE AS removed
FOR EACH STATEMENT EXECUTE FUNCTION datastream_goes();

-- Where a thing has been is kept as it moves, and what it measures is from now on of its new place.
CREATE FUNCTION thing_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    INSERT INTO historical_location (thing_id, time, location_ids) VALUES (NEW.id, clock_timestamp(),
        NEW.location_ids);
    UPDATE datastream SET feature_id = NULL WHERE thing_id = NEW.id AND feature_id IS NOT NULL;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION thing_moves() FROM PUBLIC;
CREATE TRIGGER moves_in AFTER INSERT ON thing FOR EACH ROW WHEN (NEW.location_ids <> '{}')
EXECUTE FUNCTION thing_moves();
CREATE TRIGGER moves AFTER UPDATE ON thing FOR EACH ROW WHEN (NEW.location_ids IS DISTINCT FROM OLD.location_ids)
EXECUTE FUNCTION thing_moves();

CREATE FUNCTION location_goes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    UPDATE historical_location SET location_ids = array_remove(location_ids, OLD.id)
    WHERE location_ids @> ARRAY[OLD.id];
    UPDATE thing SET location_ids = array_remove(location_ids, OLD.id) WHERE location_ids @> ARRAY[OLD.id];
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION location_goes() FROM PUBLIC;
CREATE TRIGGER goes AFTER DELETE ON location FOR EACH ROW EXECUTE FUNCTION location_goes();
