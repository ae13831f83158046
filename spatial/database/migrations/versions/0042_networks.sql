-- Networks (城市生命线管网): what stands in them, who hangs on them, how they change, and how they are brought in.

-- Kinds are those of the importers: what was called heating is the supply of heat, drainage carries both waters.
UPDATE network SET kind = CASE kind WHEN 'heating' THEN 'heat_supply' WHEN 'drainage' THEN 'combined' ELSE kind END;
ALTER TABLE network
    ADD COLUMN flow_mode text DEFAULT 'source' NOT NULL,
    ADD COLUMN edition bigint DEFAULT 1 NOT NULL,
    ADD COLUMN checked_edition bigint DEFAULT 0 NOT NULL,
    ADD COLUMN crs_epsg integer,
    ADD COLUMN vertical_datum text,
    ADD COLUMN source_digest text,
    ADD COLUMN data_at timestamptz DEFAULT now() NOT NULL,
    ADD COLUMN rest jsonb DEFAULT '{}'::jsonb NOT NULL,
    ADD CONSTRAINT ck_network_kind CHECK (kind IN ('water', 'storm', 'sewer', 'combined', 'gas', 'heat_supply',
                                                   'heat_return', 'power', 'telecom', 'industrial')),
    ADD CONSTRAINT ck_network_flow_mode CHECK (flow_mode IN ('source', 'sink'));
UPDATE network SET flow_mode = 'sink', data_at = imported_at WHERE kind IN ('storm', 'sewer', 'combined', 'heat_return');
UPDATE network SET data_at = imported_at;
CREATE INDEX ix_network_organisation_id ON network (organisation_id);

ALTER TABLE network_node
    ADD COLUMN is_source boolean DEFAULT false NOT NULL,
    ADD COLUMN state text DEFAULT 'in_service' NOT NULL,
    ADD COLUMN accuracy_m double precision,
    ADD COLUMN installed_on date,
    ADD COLUMN removed_on date,
    ADD CONSTRAINT ck_network_node_state CHECK (state IN ('in_service', 'planned', 'out_of_service', 'abandoned')),
    ADD CONSTRAINT ck_network_node_lifespan CHECK (removed_on >= installed_on);
UPDATE network_node SET is_source = true WHERE kind IN ('source', 'reservoir', 'tank', 'well');

ALTER TABLE network_link
    ADD COLUMN z_up_m double precision,
    ADD COLUMN z_down_m double precision,
    ADD COLUMN material text,
    ADD COLUMN installed_on date,
    ADD COLUMN removed_on date,
    ADD COLUMN pressure_class text,
    ADD COLUMN state text DEFAULT 'in_service' NOT NULL,
    ADD COLUMN accuracy_m double precision,
    ADD CONSTRAINT ck_network_link_state CHECK (state IN ('in_service', 'planned', 'out_of_service', 'abandoned')),
    ADD CONSTRAINT ck_network_link_lifespan CHECK (removed_on >= installed_on);

-- Valves, pumps and the like: with a node alone it stands in the node, with a link alone it is the link, with both
-- it sits on that end of the link. into_node, into_link: which way a check valve (止回阀) lets through.
CREATE TABLE network_device (
    id bigint GENERATED ALWAYS AS IDENTITY,
    network_id bigint NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    node_id bigint,
    link_id bigint,
    into_node bigint,
    into_link bigint,
    is_open boolean DEFAULT true NOT NULL,
    is_operable boolean DEFAULT true NOT NULL,
    is_accessible boolean DEFAULT true NOT NULL,
    normally_open boolean DEFAULT true NOT NULL,
    state text DEFAULT 'in_service' NOT NULL,
    geom geometry(POINT,4326) NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_network_device PRIMARY KEY (id),
    CONSTRAINT uq_network_device_network_id_code UNIQUE (network_id, code),
    CONSTRAINT fk_network_device_network_id FOREIGN KEY (network_id) REFERENCES network (id) ON DELETE CASCADE,
    CONSTRAINT fk_network_device_node_id FOREIGN KEY (node_id) REFERENCES network_node (id),
    CONSTRAINT fk_network_device_link_id FOREIGN KEY (link_id) REFERENCES network_link (id),
    CONSTRAINT fk_network_device_into_node FOREIGN KEY (into_node) REFERENCES network_node (id),
    CONSTRAINT fk_network_device_into_link FOREIGN KEY (into_link) REFERENCES network_link (id),
    CONSTRAINT ck_network_device_stands CHECK (num_nonnulls(node_id, link_id) >= 1),
    CONSTRAINT ck_network_device_into CHECK (num_nonnulls(into_node, into_link) <= 1),
    CONSTRAINT ck_network_device_state CHECK (state IN ('in_service', 'planned', 'out_of_service', 'abandoned'))
);
CREATE INDEX ix_network_device_node_id ON network_device (node_id);
CREATE INDEX ix_network_device_link_id ON network_device (link_id);
CREATE INDEX ix_network_device_into_node ON network_device (into_node) WHERE into_node IS NOT NULL;
CREATE INDEX ix_network_device_into_link ON network_device (into_link) WHERE into_link IS NOT NULL;
CREATE INDEX ix_network_device_geom ON network_device USING gist (geom);

-- Where customers hang on the network; at_m: how far along the link from its beginning.
CREATE TABLE network_service (
    id bigint GENERATED ALWAYS AS IDENTITY,
    network_id bigint NOT NULL,
    code text NOT NULL,
    node_id bigint,
    link_id bigint,
    at_m double precision,
    state text DEFAULT 'in_service' NOT NULL,
    geom geometry(POINT,4326) NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_network_service PRIMARY KEY (id),
    CONSTRAINT uq_network_service_network_id_code UNIQUE (network_id, code),
    CONSTRAINT fk_network_service_network_id FOREIGN KEY (network_id) REFERENCES network (id) ON DELETE CASCADE,
    CONSTRAINT fk_network_service_node_id FOREIGN KEY (node_id) REFERENCES network_node (id),
    CONSTRAINT fk_network_service_link_id FOREIGN KEY (link_id) REFERENCES network_link (id),
    CONSTRAINT ck_network_service_hangs CHECK (num_nonnulls(node_id, link_id) = 1),
    CONSTRAINT ck_network_service_at_m CHECK (at_m IS NULL OR at_m >= 0 AND link_id IS NOT NULL),
    CONSTRAINT ck_network_service_state CHECK (state IN ('in_service', 'planned', 'out_of_service', 'abandoned'))
);
CREATE INDEX ix_network_service_node_id ON network_service (node_id);
CREATE INDEX ix_network_service_link_id ON network_service (link_id);
CREATE INDEX ix_network_service_geom ON network_service USING gist (geom);

-- Who is supplied: no names, a code of the utility's own.
CREATE TABLE network_customer (
    id bigint GENERATED ALWAYS AS IDENTITY,
    network_id bigint NOT NULL,
    service_id bigint NOT NULL,
    code text NOT NULL,
    category text DEFAULT '' NOT NULL,
    priority text DEFAULT '' NOT NULL,
    meters integer DEFAULT 1 NOT NULL,
    people integer,
    state text DEFAULT 'in_service' NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_network_customer PRIMARY KEY (id),
    CONSTRAINT uq_network_customer_network_id_code UNIQUE (network_id, code),
    CONSTRAINT fk_network_customer_network_id FOREIGN KEY (network_id) REFERENCES network (id) ON DELETE CASCADE,
    CONSTRAINT fk_network_customer_service_id FOREIGN KEY (service_id) REFERENCES network_service (id),
    CONSTRAINT ck_network_customer_meters CHECK (meters >= 0),
    CONSTRAINT ck_network_customer_people CHECK (people >= 0),
    CONSTRAINT ck_network_customer_state CHECK (state IN ('in_service', 'planned', 'out_of_service', 'abandoned'))
);
CREATE INDEX ix_network_customer_service_id ON network_customer (service_id);

-- What is wrong with a network: recomputed for what changed. relation and row_id: the table and row it is about.
CREATE TABLE network_problem (
    id bigint GENERATED ALWAYS AS IDENTITY,
    network_id bigint NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    relation text NOT NULL,
    row_id bigint NOT NULL,
    code text NOT NULL,
    geom geometry(POINT,4326) NOT NULL,
    measure double precision,
    proposals jsonb DEFAULT '[]'::jsonb NOT NULL,
    edition bigint NOT NULL,
    CONSTRAINT pk_network_problem PRIMARY KEY (id),
    CONSTRAINT fk_network_problem_network_id FOREIGN KEY (network_id) REFERENCES network (id) ON DELETE CASCADE,
    CONSTRAINT ck_network_problem_severity CHECK (severity IN ('error', 'warning')),
    CONSTRAINT ck_network_problem_relation CHECK (
        relation IN ('network', 'network_node', 'network_link', 'network_device', 'network_service'))
);
CREATE INDEX ix_network_problem_network_id ON network_problem (network_id, relation, row_id);
CREATE INDEX ix_network_problem_geom ON network_problem USING gist (geom);

-- Every change in the order in which it was made: whoever keeps a network in memory patches it by this. row_id null:
-- so many rows at once that the table is to be read again. columns: what an update changed.
CREATE TABLE network_change (
    id bigint GENERATED ALWAYS AS IDENTITY,
    network_id bigint NOT NULL,
    edition bigint NOT NULL,
    relation text NOT NULL,
    row_id bigint,
    op text NOT NULL,
    columns text[] DEFAULT '{}' NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_network_change PRIMARY KEY (id),
    CONSTRAINT fk_network_change_network_id FOREIGN KEY (network_id) REFERENCES network (id) ON DELETE CASCADE,
    CONSTRAINT ck_network_change_op CHECK (op IN ('insert', 'update', 'delete'))
);
CREATE INDEX ix_network_change_network_id ON network_change (network_id, edition);

-- A file that somebody brings in: what it was found to hold, what was confirmed, and what became of it.
CREATE TABLE network_import (
    id bigint GENERATED ALWAYS AS IDENTITY,
    network_id bigint,
    name text NOT NULL,
    organisation_id bigint,
    account_id bigint,
    username text NOT NULL,
    filename text NOT NULL,
    file text,
    bytes bigint NOT NULL,
    digest text NOT NULL,
    form text DEFAULT '' NOT NULL,
    wish jsonb DEFAULT '{}'::jsonb NOT NULL,
    proposals jsonb,
    state text DEFAULT 'waiting' NOT NULL,
    stage text DEFAULT '' NOT NULL,
    progress double precision DEFAULT 0 NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    problems jsonb DEFAULT '[]'::jsonb NOT NULL,
    report jsonb,
    asked_at timestamptz DEFAULT now() NOT NULL,
    confirmed_at timestamptz,
    confirmed_by text,
    started_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT pk_network_import PRIMARY KEY (id),
    CONSTRAINT fk_network_import_network_id FOREIGN KEY (network_id) REFERENCES network (id) ON DELETE CASCADE,
    CONSTRAINT fk_network_import_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_network_import_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_network_import_state CHECK (
        state IN ('waiting', 'proposed', 'confirmed', 'running', 'done', 'refused', 'failed', 'cancelled'))
);
CREATE INDEX ix_network_import_network_id ON network_import (network_id);
CREATE INDEX ix_network_import_organisation_id ON network_import (organisation_id);
CREATE INDEX ix_network_import_account_id ON network_import (account_id);
CREATE INDEX ix_network_import_state ON network_import (state)
    WHERE state IN ('waiting', 'proposed', 'confirmed', 'running');

-- Put a line's ends where its nodes are; what lies between stays.
CREATE FUNCTION network_line(line geometry, tail geometry, head geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = city, public, pg_temp AS $$
    SELECT ST_SetPoint(ST_SetPoint(line, 0, tail), -1, head)
$$;

-- A link ends at nodes of its own network, and its line at theirs. When it is drawn anew, what sits on it follows:
-- whole statements at once, for a million links come in one.
CREATE FUNCTION network_link_holds() RETURNS trigger LANGUAGE plpgsql SET search_path = city, public, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    -- A statement that touches no row is one too: without this the update below would go on for ever.
    IF NOT EXISTS (SELECT FROM added) THEN
        RETURN NULL;
    END IF;
    SELECT a.code INTO wrong FROM added AS a
    WHERE NOT EXISTS (SELECT FROM network_node AS n WHERE n.id = a.from_node AND n.network_id = a.network_id)
       OR NOT EXISTS (SELECT FROM network_node AS n WHERE n.id = a.to_node AND n.network_id = a.network_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the link % ends at a node of another network', wrong
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    UPDATE network_link AS l SET geom = network_line(l.geom, t.geom, h.geom)
    FROM added AS a, network_node AS t, network_node AS h
    WHERE l.id = a.id AND t.id = a.from_node AND h.id = a.to_node
      AND NOT (ST_StartPoint(a.geom) = t.geom AND ST_EndPoint(a.geom) = h.geom);
    IF TG_OP = 'UPDATE' THEN
        UPDATE network_device AS d
        SET geom = ST_LineInterpolatePoint(l.geom, 0.5)
        FROM added AS a JOIN removed AS r USING (id), network_link AS l
        WHERE d.link_id = a.id AND l.id = a.id AND d.node_id IS NULL AND NOT ST_OrderingEquals(a.geom, r.geom);
        UPDATE network_service AS s
        SET at_m = least(s.at_m * ST_Length(a.geom::geography) / nullif(ST_Length(r.geom::geography), 0),
                         ST_Length(a.geom::geography))
        FROM added AS a JOIN removed AS r USING (id)
        WHERE s.link_id = a.id AND s.at_m IS NOT NULL AND NOT ST_OrderingEquals(a.geom, r.geom);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER holds_added AFTER INSERT ON network_link REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION network_link_holds();
CREATE TRIGGER holds_changed AFTER UPDATE ON network_link REFERENCING OLD TABLE AS removed NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION network_link_holds();

-- A node that moves takes along the ends of its links, and what stands in it. The length that is told of a link
-- grows as its line does.
CREATE FUNCTION network_node_moves() RETURNS trigger LANGUAGE plpgsql SET search_path = city, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM added AS a JOIN removed AS r USING (id) WHERE NOT ST_OrderingEquals(a.geom, r.geom)) THEN
        RETURN NULL;
    END IF;
    WITH moved AS (
        SELECT a.id FROM added AS a JOIN removed AS r USING (id) WHERE NOT ST_OrderingEquals(a.geom, r.geom)
    ), theirs AS (
        SELECT l.id FROM network_link AS l JOIN moved ON l.from_node = moved.id
        UNION SELECT l.id FROM network_link AS l JOIN moved ON l.to_node = moved.id
    ), drawn AS (
        SELECT l.id, network_line(l.geom, t.geom, h.geom) AS geom
        FROM theirs JOIN network_link AS l USING (id)
        JOIN network_node AS t ON t.id = l.from_node JOIN network_node AS h ON h.id = l.to_node
    )
    UPDATE network_link AS l
    SET geom = drawn.geom,
        length_m = coalesce(l.length_m * ST_Length(drawn.geom::geography) / nullif(ST_Length(l.geom::geography), 0),
                            l.length_m)
    FROM drawn WHERE drawn.id = l.id;
    UPDATE network_device AS d SET geom = a.geom
    FROM added AS a JOIN removed AS r USING (id)
    WHERE d.node_id = a.id AND NOT ST_OrderingEquals(a.geom, r.geom);
    UPDATE network_service AS s SET geom = a.geom
    FROM added AS a JOIN removed AS r USING (id)
    WHERE s.node_id = a.id AND s.geom = r.geom AND NOT ST_OrderingEquals(a.geom, r.geom);
    RETURN NULL;
END $$;
CREATE TRIGGER moves AFTER UPDATE ON network_node REFERENCING OLD TABLE AS removed NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION network_node_moves();

-- A device stands in nodes and links of its own network, on an end where both are told; its place is theirs.
CREATE FUNCTION network_device_holds() RETURNS trigger LANGUAGE plpgsql SET search_path = city, public, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    -- A statement that touches no row is one too: without this the update below would go on for ever.
    IF NOT EXISTS (SELECT FROM added) THEN
        RETURN NULL;
    END IF;
    SELECT a.code INTO wrong FROM added AS a
    LEFT JOIN network_node AS n ON n.id = a.node_id LEFT JOIN network_link AS l ON l.id = a.link_id
    LEFT JOIN network_node AS i ON i.id = a.into_node LEFT JOIN network_link AS j ON j.id = a.into_link
    WHERE n.network_id IS DISTINCT FROM (CASE WHEN a.node_id IS NOT NULL THEN a.network_id END)
       OR l.network_id IS DISTINCT FROM (CASE WHEN a.link_id IS NOT NULL THEN a.network_id END)
       OR a.node_id IS NOT NULL AND a.link_id IS NOT NULL AND a.node_id NOT IN (l.from_node, l.to_node)
       OR a.into_node IS NOT NULL AND (i.id IS NULL OR a.link_id IS NULL OR a.into_node NOT IN (l.from_node, l.to_node))
       OR a.into_link IS NOT NULL AND (j.id IS NULL OR a.node_id IS NULL OR a.node_id NOT IN (j.from_node, j.to_node))
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the device % stands where its node and its link do not meet, or in another network', wrong
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    UPDATE network_device AS d SET geom = place.geom
    FROM added AS a
    CROSS JOIN LATERAL (
        SELECT coalesce((SELECT n.geom FROM network_node AS n WHERE n.id = a.node_id),
                        (SELECT ST_LineInterpolatePoint(l.geom, 0.5) FROM network_link AS l WHERE l.id = a.link_id))
    ) AS place (geom)
    WHERE d.id = a.id AND NOT a.geom = place.geom;
    RETURN NULL;
END $$;
CREATE TRIGGER holds_added AFTER INSERT ON network_device REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION network_device_holds();
CREATE TRIGGER holds_changed AFTER UPDATE ON network_device REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION network_device_holds();

CREATE FUNCTION network_service_holds() RETURNS trigger LANGUAGE plpgsql SET search_path = city, public, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    SELECT a.code INTO wrong FROM added AS a
    LEFT JOIN network_node AS n ON n.id = a.node_id LEFT JOIN network_link AS l ON l.id = a.link_id
    WHERE coalesce(n.network_id, l.network_id) IS DISTINCT FROM a.network_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the service % hangs on another network', wrong USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER holds_added AFTER INSERT ON network_service REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION network_service_holds();
CREATE TRIGGER holds_changed AFTER UPDATE ON network_service REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION network_service_holds();

CREATE FUNCTION network_customer_holds() RETURNS trigger LANGUAGE plpgsql SET search_path = city, public, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    SELECT a.code INTO wrong FROM added AS a
    WHERE NOT EXISTS (SELECT FROM network_service AS s WHERE s.id = a.service_id AND s.network_id = a.network_id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the customer % hangs on another network', wrong USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER holds_added AFTER INSERT ON network_customer REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION network_customer_holds();
CREATE TRIGGER holds_changed AFTER UPDATE ON network_customer REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION network_customer_holds();

-- Each statement that changes rows is an edition of its network. Raising it holds the network's row until the
-- transaction ends, so that editions are seen in the order in which they were made.
CREATE FUNCTION network_note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
DECLARE
    most CONSTANT bigint := 10000;
    next record;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF EXISTS (SELECT FROM added AS a JOIN removed AS r USING (id) WHERE a.network_id <> r.network_id) THEN
            RAISE EXCEPTION 'what is of one network stays in it' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        FOR next IN
            UPDATE network AS n SET edition = edition + 1
            FROM (SELECT a.network_id, count(*) AS rows FROM added AS a JOIN removed AS r USING (id)
                  WHERE a IS DISTINCT FROM r GROUP BY 1) AS c
            WHERE n.id = c.network_id RETURNING n.id, n.edition, c.rows
        LOOP
            INSERT INTO network_change (network_id, edition, relation, row_id, op, columns)
            SELECT next.id, next.edition, TG_TABLE_NAME, a.id, 'update', ARRAY(
                SELECT x.key FROM jsonb_each(to_jsonb(a)) AS x
                WHERE x.value IS DISTINCT FROM to_jsonb(r) -> x.key AND x.key <> 'geom'
                UNION ALL SELECT 'geom' WHERE to_jsonb(a) ? 'geom' AND a::text IS DISTINCT FROM r::text
                    AND to_jsonb(a) - 'geom' = to_jsonb(r) - 'geom'
                UNION SELECT 'geom' WHERE to_jsonb(a) -> 'geom' IS DISTINCT FROM to_jsonb(r) -> 'geom'
                ORDER BY 1)
            FROM added AS a JOIN removed AS r USING (id)
            WHERE a IS DISTINCT FROM r AND a.network_id = next.id AND next.rows <= most;
            INSERT INTO network_change (network_id, edition, relation, op)
            SELECT next.id, next.edition, TG_TABLE_NAME, 'update' WHERE next.rows > most;
        END LOOP;
    ELSIF TG_OP = 'INSERT' THEN
        FOR next IN
            UPDATE network AS n SET edition = edition + 1
            FROM (SELECT network_id, count(*) AS rows FROM added GROUP BY 1) AS c
            WHERE n.id = c.network_id RETURNING n.id, n.edition, c.rows
        LOOP
            INSERT INTO network_change (network_id, edition, relation, row_id, op)
            SELECT next.id, next.edition, TG_TABLE_NAME, a.id, 'insert'
            FROM added AS a WHERE a.network_id = next.id AND next.rows <= most
            UNION ALL SELECT next.id, next.edition, TG_TABLE_NAME, NULL, 'insert' WHERE next.rows > most;
        END LOOP;
    ELSE
        FOR next IN
            UPDATE network AS n SET edition = edition + 1
            FROM (SELECT network_id, count(*) AS rows FROM removed GROUP BY 1) AS c
            WHERE n.id = c.network_id RETURNING n.id, n.edition, c.rows
        LOOP
            INSERT INTO network_change (network_id, edition, relation, row_id, op)
            SELECT next.id, next.edition, TG_TABLE_NAME, r.id, 'delete'
            FROM removed AS r WHERE r.network_id = next.id AND next.rows <= most
            UNION ALL SELECT next.id, next.edition, TG_TABLE_NAME, NULL, 'delete' WHERE next.rows > most;
        END LOOP;
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION network_note_change() FROM PUBLIC;

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['network_node', 'network_link', 'network_device', 'network_service', 'network_customer']
    LOOP
        EXECUTE format('CREATE TRIGGER notes_added AFTER INSERT ON %I REFERENCING NEW TABLE AS added
                        FOR EACH STATEMENT EXECUTE FUNCTION network_note_change()', one);
        EXECUTE format('CREATE TRIGGER notes_changed AFTER UPDATE ON %I REFERENCING OLD TABLE AS removed
                        NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION network_note_change()', one);
        EXECUTE format('CREATE TRIGGER notes_removed AFTER DELETE ON %I REFERENCING OLD TABLE AS removed
                        FOR EACH STATEMENT EXECUTE FUNCTION network_note_change()', one);
    END LOOP;
END $$;

-- What is said of the network as a whole is a change of it as well.
CREATE FUNCTION network_says_otherwise() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF NEW.edition = OLD.edition AND (NEW.kind, NEW.flow_mode) IS DISTINCT FROM (OLD.kind, OLD.flow_mode) THEN
        NEW.edition := OLD.edition + 1;
        INSERT INTO network_change (network_id, edition, relation, row_id, op, columns)
        VALUES (NEW.id, NEW.edition, 'network', NEW.id, 'update', ARRAY['kind', 'flow_mode']);
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION network_says_otherwise() FROM PUBLIC;
CREATE TRIGGER says_otherwise BEFORE UPDATE ON network FOR EACH ROW EXECUTE FUNCTION network_says_otherwise();
