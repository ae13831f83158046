-- Who moves through the city, what they carry, where they were, and what was made of it.
--
-- `fix` is only ever added to; everything else that tells of a track follows from it, a mover and a day at a time.

-- A person or a vehicle. One of each worker, and of each resource that is a vehicle: triggers make them.
CREATE TABLE mover (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    worker_id bigint,
    resource_id bigint,
    gait text DEFAULT 'foot' NOT NULL,
    CONSTRAINT pk_mover PRIMARY KEY (id),
    CONSTRAINT uq_mover_worker_id UNIQUE (worker_id),
    CONSTRAINT uq_mover_resource_id UNIQUE (resource_id),
    -- Of somebody or something that is gone, the tracks stay.
    CONSTRAINT fk_mover_worker_id FOREIGN KEY (worker_id) REFERENCES worker (id) ON DELETE SET NULL,
    CONSTRAINT fk_mover_resource_id FOREIGN KEY (resource_id) REFERENCES resource (id) ON DELETE SET NULL,
    CONSTRAINT ck_mover_kind CHECK (CASE kind WHEN 'person' THEN resource_id IS NULL
                                              WHEN 'vehicle' THEN worker_id IS NULL ELSE false END),
    CONSTRAINT ck_mover_gait CHECK (gait IN ('foot', 'ebike', 'car'))
);
INSERT INTO mover (kind, worker_id) SELECT 'person', id FROM worker ORDER BY id;
INSERT INTO mover (kind, resource_id, gait) SELECT 'vehicle', id, 'car' FROM resource WHERE kind = 'vehicle' ORDER BY id;

CREATE FUNCTION mover_of_worker() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
BEGIN
    INSERT INTO mover (kind, worker_id) SELECT 'person', id FROM new_rows ORDER BY id;
    RETURN NULL;
END $$;
CREATE TRIGGER movers AFTER INSERT ON worker REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION mover_of_worker();

CREATE FUNCTION mover_of_resource() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
BEGIN
    INSERT INTO mover (kind, resource_id, gait) VALUES ('vehicle', NEW.id, 'car') ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER movers AFTER INSERT OR UPDATE OF kind ON resource
FOR EACH ROW WHEN (NEW.kind = 'vehicle') EXECUTE FUNCTION mover_of_resource();

-- What sends fixes: a phone with an app, a terminal in a vehicle. How its words are read stands in its profile.
CREATE TABLE device (
    id bigint GENERATED ALWAYS AS IDENTITY,
    protocol text NOT NULL,
    identity text NOT NULL,
    name text DEFAULT '' NOT NULL,
    state text DEFAULT 'waiting' NOT NULL,
    account_id bigint,
    profile jsonb DEFAULT '{}'::jsonb NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    secret_cipher bytea,
    auth_code text,
    created_at timestamptz DEFAULT now() NOT NULL,
    last_seen_at timestamptz,
    CONSTRAINT pk_device PRIMARY KEY (id),
    CONSTRAINT uq_device_protocol_identity UNIQUE (protocol, identity),
    CONSTRAINT fk_device_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_device_protocol CHECK (protocol ~ '^[a-z0-9_]{2,16}$'),
    CONSTRAINT ck_device_identity CHECK (length(identity) BETWEEN 1 AND 200),
    CONSTRAINT ck_device_state CHECK (state IN ('waiting', 'active', 'blocked'))
);
CREATE INDEX ix_device_account_id ON device (account_id);
CREATE INDEX ix_device_waiting ON device (created_at) WHERE state = 'waiting';

-- Who carried a device when: one at a time.
CREATE TABLE device_carrier (
    id bigint GENERATED ALWAYS AS IDENTITY,
    device_id bigint NOT NULL,
    mover_id bigint NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    CONSTRAINT pk_device_carrier PRIMARY KEY (id),
    CONSTRAINT fk_device_carrier_device_id FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE CASCADE,
    CONSTRAINT fk_device_carrier_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT ck_device_carrier_until CHECK (until > since),
    CONSTRAINT ex_device_carrier_once EXCLUDE USING gist (device_id WITH =, tstzrange(since, until) WITH &&)
);
CREATE INDEX ix_device_carrier_device_id_since ON device_carrier (device_id, since);
CREATE INDEX ix_device_carrier_mover_id ON device_carrier (mover_id);

-- Processes keep in memory what devices there are, and who carries them.
CREATE FUNCTION device_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('citygrid', '{"kind": "devices"}');
    RETURN NULL;
END $$;
-- A new device nobody has in memory, and its code is asked for each time: a terminal that registers disturbs nobody.
CREATE TRIGGER told AFTER DELETE OR UPDATE OF protocol, identity, state, account_id, profile, secret_cipher
ON device FOR EACH STATEMENT EXECUTE FUNCTION device_told();
CREATE TRIGGER told AFTER INSERT OR DELETE OR UPDATE ON device_carrier FOR EACH STATEMENT EXECUTE FUNCTION device_told();

-- Fixes, by UTC day. Those of worker and time that were there keep their places; they had one a second at most.
DO $$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT c.relname AS name
        FROM pg_class AS c
        WHERE c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'fix'::regclass)
           OR c.oid IN (SELECT indexrelid FROM pg_index JOIN pg_inherits ON inhrelid = indrelid
                        WHERE inhparent = 'fix'::regclass)
        ORDER BY c.relkind DESC
    LOOP
        -- ALTER TABLE renames indexes as well.
        EXECUTE format('ALTER TABLE %I RENAME TO %I', part.name, 'was_' || part.name);
    END LOOP;
    ALTER TABLE fix RENAME TO was_fix;
    ALTER TABLE was_fix RENAME CONSTRAINT pk_fix TO pk_was_fix;
    ALTER INDEX ix_fix_time RENAME TO ix_was_fix_time;
END $$;

CREATE TABLE fix (
    mover_id bigint NOT NULL,
    time timestamptz NOT NULL,
    mark integer NOT NULL,
    device_id bigint,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    source_lon double precision,
    source_lat double precision,
    datum smallint DEFAULT 0 NOT NULL,
    speed_mps real,
    course_deg real,
    accuracy_m real,
    altitude_m real,
    battery_pct smallint,
    source smallint DEFAULT 0 NOT NULL,
    gate smallint DEFAULT 0 NOT NULL,
    flags integer DEFAULT 0 NOT NULL,
    unit_code text COLLATE "C",
    received_at timestamptz DEFAULT now() NOT NULL,
    -- No key to mover: asked for each row, it would take as long as all the rest.
    CONSTRAINT pk_fix PRIMARY KEY (mover_id, time, mark)
) PARTITION BY RANGE (time);
CREATE INDEX ix_fix_time ON fix USING brin (time);
-- What lies so far off today that no day stands ready for it.
CREATE TABLE fix_elsewhen PARTITION OF fix DEFAULT;

-- Make the day of fixes that begins at a UTC midnight; tells whether it was missing. What came for it before moves in.
CREATE FUNCTION fix_day(day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, public, pg_temp AS $$
DECLARE
    name text := 'fix_' || to_char(day, 'YYYYMMDD');
    starts timestamptz := day::timestamp AT TIME ZONE 'UTC';
    ends timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass('city.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('citygrid.fix_day'));
    IF to_regclass('city.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Attached, and not made as a partition: that would wait for everybody who reads or writes fixes.
    EXECUTE format('CREATE TABLE city.%I (LIKE city.fix INCLUDING ALL)', name);
    EXECUTE format('WITH moved AS (DELETE FROM city.fix_elsewhen WHERE time >= %L AND time < %L RETURNING *)'
                   ' INSERT INTO city.%I SELECT * FROM moved', starts, ends, name);
    EXECUTE format('ALTER TABLE city.fix ATTACH PARTITION city.%I FOR VALUES FROM (%L) TO (%L)', name, starts, ends);
    RETURN true;
END $$;

SELECT fix_day(to_date(right(c.relname, 8), 'YYYYMMDD'))
FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid
WHERE i.inhparent = 'was_fix'::regclass AND c.relname ~ '_[0-9]{8}$' AND c.relkind = 'r';
INSERT INTO fix (mover_id, time, mark, lon, lat, source_lon, source_lat, datum, speed_mps, course_deg, accuracy_m,
                 altitude_m, battery_pct, gate, received_at)
SELECT m.id, f.time, 0, f.lon, f.lat, CASE WHEN f.datum <> 'wgs84' THEN f.source_lon END,
       CASE WHEN f.datum <> 'wgs84' THEN f.source_lat END,
       CASE f.datum WHEN 'cgcs2000' THEN 1 WHEN 'gcj02' THEN 2 WHEN 'bd09' THEN 3 ELSE 0 END,
       f.speed_mps, f.course_deg, f.accuracy_m, f.altitude_m, f.battery_pct,
       -- As intake judges (spatial.patrols.gates): out of range, ahead of its receipt, approximate.
       CASE WHEN NOT (abs(f.lon) <= 180 AND abs(f.lat) <= 90) OR (f.lon = 0 AND f.lat = 0) THEN 1
            WHEN f.time > f.received_at + interval '5 minutes' THEN 3
            WHEN f.accuracy_m > 100 AND f.accuracy_m < 'infinity' THEN 5
            ELSE 0 END,
       f.received_at
FROM was_fix AS f JOIN mover AS m ON m.worker_id = f.worker_id
ORDER BY f.time;
DROP TABLE was_fix;

-- What a fix carried besides.
CREATE TABLE fix_extra (
    mover_id bigint NOT NULL,
    time timestamptz NOT NULL,
    mark integer NOT NULL,
    attributes jsonb NOT NULL,
    CONSTRAINT pk_fix_extra PRIMARY KEY (mover_id, time, mark),
    CONSTRAINT fk_fix_extra_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE
);
CREATE INDEX ix_fix_extra_time ON fix_extra USING brin (time);

-- A fix that somebody says is not so.
CREATE TABLE fix_mark (
    mover_id bigint NOT NULL,
    time timestamptz NOT NULL,
    mark integer NOT NULL,
    reason text NOT NULL,
    account_id bigint,
    username text NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_fix_mark PRIMARY KEY (mover_id, time, mark),
    CONSTRAINT fk_fix_mark_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT fk_fix_mark_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_fix_mark_reason CHECK (length(btrim(reason)) BETWEEN 2 AND 500)
);

-- Days of movers that have had fixes, or marks, since they were last graded. Whoever grades one reads its row first,
-- then the fixes, and in the end deletes the row only if `marks` is still what it was.
CREATE TABLE track_dirty (
    mover_id bigint NOT NULL,
    day date NOT NULL,
    marks bigint DEFAULT 1 NOT NULL,
    since timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_track_dirty PRIMARY KEY (mover_id, day),
    CONSTRAINT fk_track_dirty_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE
) WITH (fillfactor = 50);
-- Fixes that there were before count as new.
INSERT INTO track_dirty (mover_id, day) SELECT DISTINCT mover_id, (time AT TIME ZONE 'Asia/Shanghai')::date FROM fix;

-- What a mover's fixes of a day come to.
CREATE TABLE track_day (
    mover_id bigint NOT NULL,
    day date NOT NULL,
    edition integer NOT NULL,
    parameters bigint NOT NULL,
    graded_at timestamptz DEFAULT now() NOT NULL,
    fixes integer NOT NULL,
    good integer NOT NULL,
    verdicts bytea NOT NULL,
    distance_m double precision DEFAULT 0 NOT NULL,
    moving_s integer DEFAULT 0 NOT NULL,
    standing_s integer DEFAULT 0 NOT NULL,
    first_at timestamptz,
    last_at timestamptz,
    stays jsonb DEFAULT '[]'::jsonb NOT NULL,
    trips jsonb DEFAULT '[]'::jsonb NOT NULL,
    heat bytea,
    CONSTRAINT pk_track_day PRIMARY KEY (mover_id, day),
    CONSTRAINT fk_track_day_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE
);
CREATE INDEX ix_track_day_day ON track_day (day);

-- Where everybody was last, in the order of the fixes' own times.
CREATE TABLE last_position (
    mover_id bigint NOT NULL,
    time timestamptz NOT NULL,
    mark integer NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    speed_mps real,
    course_deg real,
    accuracy_m real,
    battery_pct smallint,
    flags integer NOT NULL,
    unit_code text COLLATE "C",
    device_id bigint,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_last_position PRIMARY KEY (mover_id),
    CONSTRAINT fk_last_position_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE
) WITH (fillfactor = 50);
INSERT INTO last_position (mover_id, time, mark, lon, lat, speed_mps, course_deg, accuracy_m, battery_pct, flags, received_at)
SELECT DISTINCT ON (mover_id) mover_id, time, mark, lon, lat, speed_mps, course_deg, accuracy_m, battery_pct, flags, received_at
FROM fix
WHERE gate = 0
ORDER BY mover_id, time DESC, mark DESC;

-- One row a commit of fixes: what whoever shows positions reads after the one notice that there is.
CREATE TABLE fix_batch (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz DEFAULT now() NOT NULL,
    movers bigint[] NOT NULL,
    count integer NOT NULL,
    CONSTRAINT pk_fix_batch PRIMARY KEY (id)
);
CREATE INDEX ix_fix_batch_at ON fix_batch USING brin (at);

-- Fixes that were not taken, by day, device and reason.
CREATE TABLE fix_refusal (
    id bigint GENERATED ALWAYS AS IDENTITY,
    day date NOT NULL,
    device_id bigint,
    mover_id bigint,
    reason text NOT NULL,
    count bigint NOT NULL,
    first_at timestamptz DEFAULT now() NOT NULL,
    last_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_fix_refusal PRIMARY KEY (id),
    CONSTRAINT uq_fix_refusal_day_device_id_mover_id_reason UNIQUE NULLS NOT DISTINCT (day, device_id, mover_id, reason),
    CONSTRAINT fk_fix_refusal_device_id FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE CASCADE,
    CONSTRAINT fk_fix_refusal_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE
);

-- When people are on duty, as planned.
CREATE TABLE shift (
    id bigint GENERATED ALWAYS AS IDENTITY,
    mover_id bigint NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    kind text DEFAULT 'day' NOT NULL,
    source text DEFAULT 'hand' NOT NULL,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_shift PRIMARY KEY (id),
    CONSTRAINT fk_shift_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT fk_shift_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_shift_length CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '36 hours'),
    CONSTRAINT ex_shift_once EXCLUDE USING gist (mover_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
);
CREATE INDEX ix_shift_starts_at ON shift (starts_at);

-- What becomes of fixes off duty: of the city, where the organisation is null, and of organisations that differ.
CREATE TABLE roster_policy (
    id bigint GENERATED ALWAYS AS IDENTITY,
    organisation_id bigint,
    mode text NOT NULL,
    margin_min integer DEFAULT 15 NOT NULL,
    CONSTRAINT pk_roster_policy PRIMARY KEY (id),
    CONSTRAINT uq_roster_policy_organisation_id UNIQUE NULLS NOT DISTINCT (organisation_id),
    CONSTRAINT fk_roster_policy_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id) ON DELETE CASCADE,
    CONSTRAINT ck_roster_policy_mode CHECK (mode IN ('all', 'refuse', 'mask')),
    CONSTRAINT ck_roster_policy_margin_min CHECK (margin_min BETWEEN 0 AND 240)
);
INSERT INTO roster_policy (mode) VALUES ('all');

REVOKE ALL ON FUNCTION mover_of_worker(), mover_of_resource(), fix_day(date) FROM PUBLIC;
