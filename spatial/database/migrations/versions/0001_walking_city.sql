-- The first schema: area units as nodes and arcs, people and duty lists, places, components, events,
-- GPS fixes, networks, addresses, base map and the catalogue of layers.

CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY,
    username text NOT NULL,
    display_name text NOT NULL,
    role text NOT NULL,
    password_hash text NOT NULL,
    disabled boolean DEFAULT false NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT uq_account_username UNIQUE (username)
);

CREATE TABLE address (
    id bigint GENERATED ALWAYS AS IDENTITY,
    full_text text NOT NULL,
    name_en text,
    kind text NOT NULL,
    geom geometry(POINT,4326) NOT NULL,
    source text NOT NULL,
    generated boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_address PRIMARY KEY (id)
);
CREATE INDEX ix_address_geom ON address USING gist (geom);
CREATE INDEX ix_address_text ON address USING gin (full_text gin_trgm_ops);

CREATE TABLE basemap_feature (
    id bigint GENERATED ALWAYS AS IDENTITY,
    theme text NOT NULL,
    kind text,
    name text,
    name_en text,
    min_zoom smallint DEFAULT 0 NOT NULL,
    geom geometry(GEOMETRY,4326) NOT NULL,
    generated boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_basemap_feature PRIMARY KEY (id)
);
CREATE INDEX ix_basemap_feature_geom ON basemap_feature USING gist (geom);

CREATE TABLE component_class (
    code text NOT NULL,
    name text NOT NULL,
    class_code text NOT NULL,
    class_name text NOT NULL,
    standard text NOT NULL,
    CONSTRAINT pk_component_class PRIMARY KEY (code)
);

CREATE TABLE coverage (
    name text NOT NULL,
    title text NOT NULL,
    title_en text NOT NULL,
    levels text[] NOT NULL,
    code_profile text NOT NULL,
    tolerance_m double precision NOT NULL,
    CONSTRAINT pk_coverage PRIMARY KEY (name)
);

CREATE TABLE division (
    code text NOT NULL,
    level smallint NOT NULL,
    name text NOT NULL,
    parent_code text,
    CONSTRAINT pk_division PRIMARY KEY (code)
);

CREATE TABLE layer (
    name text NOT NULL,
    title text NOT NULL,
    title_en text NOT NULL,
    description text NOT NULL,
    kind text NOT NULL,
    relation text NOT NULL,
    id_column text NOT NULL,
    geometry_column text NOT NULL,
    geometry_type text NOT NULL,
    time_column text,
    fields jsonb NOT NULL,
    tile_fields jsonb NOT NULL,
    min_zoom smallint DEFAULT 0 NOT NULL,
    position smallint NOT NULL,
    published_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_layer PRIMARY KEY (name)
);

CREATE TABLE matter (
    code text NOT NULL,
    name text NOT NULL,
    class_code text NOT NULL,
    class_name text NOT NULL,
    standard text NOT NULL,
    CONSTRAINT pk_matter PRIMARY KEY (code)
);

CREATE TABLE network (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    generated boolean DEFAULT false NOT NULL,
    imported_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_network PRIMARY KEY (id),
    CONSTRAINT uq_network_name UNIQUE (name)
);

CREATE TABLE organisation (
    id bigint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    kind text NOT NULL,
    generated boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_organisation PRIMARY KEY (id),
    CONSTRAINT uq_organisation_code UNIQUE (code)
);

CREATE TABLE place (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    name text NOT NULL,
    name_en text,
    address text,
    risk_level smallint NOT NULL,
    geom geometry(POINT,4326) NOT NULL,
    area geometry(MULTIPOLYGON,4326),
    source text NOT NULL,
    generated boolean DEFAULT false NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_place PRIMARY KEY (id)
);
CREATE INDEX ix_place_geom ON place USING gist (geom);
CREATE INDEX ix_place_kind ON place (kind);

CREATE TABLE component (
    id bigint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    class_code text NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    owner text,
    upkeep text,
    installed_on DATE,
    geom geometry(POINT,4326) NOT NULL,
    source text NOT NULL,
    generated boolean DEFAULT false NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_component PRIMARY KEY (id),
    CONSTRAINT uq_component_code UNIQUE (code),
    CONSTRAINT fk_component_class_code FOREIGN KEY(class_code) REFERENCES component_class (code)
);
CREATE INDEX ix_component_class_code ON component (class_code);
CREATE INDEX ix_component_geom ON component USING gist (geom);

CREATE TABLE coverage_version (
    id bigint GENERATED ALWAYS AS IDENTITY,
    coverage text NOT NULL,
    valid_from timestamptz NOT NULL,
    published_at timestamptz DEFAULT now() NOT NULL,
    note text NOT NULL,
    CONSTRAINT pk_coverage_version PRIMARY KEY (id),
    CONSTRAINT fk_coverage_version_coverage FOREIGN KEY(coverage) REFERENCES coverage (name)
);
CREATE INDEX ix_coverage_version_coverage_valid_from ON coverage_version (coverage, valid_from);

CREATE TABLE network_node (
    id bigint GENERATED ALWAYS AS IDENTITY,
    network_id bigint NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    elevation_m double precision,
    geom geometry(POINT,4326) NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_network_node PRIMARY KEY (id),
    CONSTRAINT uq_network_node_network_id_code UNIQUE (network_id, code),
    CONSTRAINT fk_network_node_network_id FOREIGN KEY(network_id) REFERENCES network (id) ON DELETE CASCADE
);
CREATE INDEX ix_network_node_geom ON network_node USING gist (geom);

CREATE TABLE node (
    id bigint GENERATED ALWAYS AS IDENTITY,
    coverage text NOT NULL,
    lon_nano bigint NOT NULL,
    lat_nano bigint NOT NULL,
    CONSTRAINT pk_node PRIMARY KEY (id),
    CONSTRAINT uq_node_coverage_lon_nano_lat_nano UNIQUE (coverage, lon_nano, lat_nano),
    CONSTRAINT fk_node_coverage FOREIGN KEY(coverage) REFERENCES coverage (name)
);

CREATE TABLE token (
    digest BYTEA NOT NULL,
    account_id bigint NOT NULL,
    name text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_token PRIMARY KEY (digest),
    CONSTRAINT fk_token_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX ix_token_account_id ON token (account_id);

CREATE TABLE unit (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    coverage text NOT NULL,
    level smallint NOT NULL,
    CONSTRAINT pk_unit PRIMARY KEY (id),
    CONSTRAINT fk_unit_coverage FOREIGN KEY(coverage) REFERENCES coverage (name)
);

CREATE TABLE worker (
    id bigint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    name text NOT NULL,
    phone text NOT NULL,
    role text NOT NULL,
    skills text[] DEFAULT '{}' NOT NULL,
    organisation_id bigint NOT NULL,
    unit_code text,
    on_duty boolean DEFAULT false NOT NULL,
    geom geometry(POINT,4326),
    seen_at timestamptz,
    generated boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_worker PRIMARY KEY (id),
    CONSTRAINT uq_worker_code UNIQUE (code),
    CONSTRAINT fk_worker_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_worker_geom ON worker USING gist (geom);
CREATE INDEX ix_worker_organisation_id ON worker (organisation_id);
CREATE INDEX ix_worker_unit_code ON worker (unit_code);

CREATE TABLE arc (
    id bigint GENERATED ALWAYS AS IDENTITY,
    coverage text NOT NULL,
    start_node bigint NOT NULL,
    end_node bigint NOT NULL,
    geom geometry(LINESTRING,4326) NOT NULL,
    left_unit uuid,
    right_unit uuid,
    valid tstzrange NOT NULL,
    sys tstzrange DEFAULT tstzrange(now(), null) NOT NULL,
    CONSTRAINT pk_arc PRIMARY KEY (id),
    CONSTRAINT fk_arc_coverage FOREIGN KEY(coverage) REFERENCES coverage (name),
    CONSTRAINT fk_arc_start_node FOREIGN KEY(start_node) REFERENCES node (id),
    CONSTRAINT fk_arc_end_node FOREIGN KEY(end_node) REFERENCES node (id),
    CONSTRAINT fk_arc_left_unit FOREIGN KEY(left_unit) REFERENCES unit (id),
    CONSTRAINT fk_arc_right_unit FOREIGN KEY(right_unit) REFERENCES unit (id)
);
CREATE INDEX ix_arc_current ON arc (coverage) WHERE upper_inf(sys);
CREATE INDEX ix_arc_geom ON arc USING gist (geom);

CREATE TABLE duty (
    id bigint GENERATED ALWAYS AS IDENTITY,
    unit_code text NOT NULL,
    category text,
    organisation_id bigint NOT NULL,
    worker_id bigint,
    rank smallint DEFAULT 1 NOT NULL,
    generated boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_duty PRIMARY KEY (id),
    CONSTRAINT fk_duty_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_duty_worker_id FOREIGN KEY(worker_id) REFERENCES worker (id)
);
CREATE INDEX ix_duty_unit_code_category ON duty (unit_code, category);

CREATE TABLE event (
    id bigint GENERATED ALWAYS AS IDENTITY,
    no text NOT NULL,
    category text NOT NULL,
    source text NOT NULL,
    title text NOT NULL,
    address text,
    state text NOT NULL,
    geom geometry(POINT,4326) NOT NULL,
    occurred_at timestamptz NOT NULL,
    reported_at timestamptz DEFAULT now() NOT NULL,
    closed_at timestamptz,
    unit_code text,
    ruling text NOT NULL,
    version_id bigint,
    generated boolean DEFAULT false NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_event PRIMARY KEY (id),
    CONSTRAINT uq_event_no UNIQUE (no),
    CONSTRAINT fk_event_category FOREIGN KEY(category) REFERENCES matter (code),
    CONSTRAINT fk_event_version_id FOREIGN KEY(version_id) REFERENCES coverage_version (id)
);
CREATE INDEX ix_event_category ON event (category);
CREATE INDEX ix_event_geom ON event USING gist (geom);
CREATE INDEX ix_event_occurred_at ON event USING brin (occurred_at);
CREATE INDEX ix_event_unit_code_occurred_at ON event (unit_code, occurred_at);

CREATE TABLE fix (
    worker_id bigint NOT NULL,
    time timestamptz NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    speed_mps real,
    course_deg real,
    accuracy_m real,
    altitude_m real,
    battery_pct INTEGER,
    datum text NOT NULL,
    source_lon double precision NOT NULL,
    source_lat double precision NOT NULL,
    received_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_fix PRIMARY KEY (worker_id, time),
    CONSTRAINT fk_fix_worker_id FOREIGN KEY(worker_id) REFERENCES worker (id)
)
 PARTITION BY RANGE (time);
CREATE INDEX ix_fix_time ON fix USING brin (time);

CREATE TABLE issued_code (
    profile text NOT NULL,
    code text NOT NULL,
    unit_id uuid NOT NULL,
    issued_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_issued_code PRIMARY KEY (profile, code),
    CONSTRAINT fk_issued_code_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE TABLE network_link (
    id bigint GENERATED ALWAYS AS IDENTITY,
    network_id bigint NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    from_node bigint NOT NULL,
    to_node bigint NOT NULL,
    diameter_mm double precision,
    length_m double precision,
    geom geometry(LINESTRING,4326) NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_network_link PRIMARY KEY (id),
    CONSTRAINT uq_network_link_network_id_code UNIQUE (network_id, code),
    CONSTRAINT fk_network_link_network_id FOREIGN KEY(network_id) REFERENCES network (id) ON DELETE CASCADE,
    CONSTRAINT fk_network_link_from_node FOREIGN KEY(from_node) REFERENCES network_node (id),
    CONSTRAINT fk_network_link_to_node FOREIGN KEY(to_node) REFERENCES network_node (id)
);
CREATE INDEX ix_network_link_from_node ON network_link (from_node);
CREATE INDEX ix_network_link_geom ON network_link USING gist (geom);
CREATE INDEX ix_network_link_to_node ON network_link (to_node);

CREATE TABLE unit_version (
    id bigint GENERATED ALWAYS AS IDENTITY,
    unit_id uuid NOT NULL,
    coverage text NOT NULL,
    level smallint NOT NULL,
    parent_code text,
    code text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    evidence text,
    generated boolean DEFAULT false NOT NULL,
    geom geometry(MULTIPOLYGON,4326) NOT NULL,
    label geometry(POINT,4326) NOT NULL,
    area_m2 double precision NOT NULL,
    version_id bigint NOT NULL,
    valid tstzrange NOT NULL,
    sys tstzrange DEFAULT tstzrange(now(), null) NOT NULL,
    CONSTRAINT pk_unit_version PRIMARY KEY (id),
    CONSTRAINT ex_unit_version_once EXCLUDE USING gist (unit_id WITH =, valid WITH &&, sys WITH &&),
    CONSTRAINT fk_unit_version_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id),
    CONSTRAINT fk_unit_version_coverage FOREIGN KEY(coverage) REFERENCES coverage (name),
    CONSTRAINT fk_unit_version_version_id FOREIGN KEY(version_id) REFERENCES coverage_version (id)
);
CREATE INDEX ix_unit_version_current ON unit_version (coverage, level, code) WHERE upper_inf(sys);
CREATE INDEX ix_unit_version_geom ON unit_version USING gist (geom);

CREATE TABLE city_note (
    id smallint DEFAULT 1 NOT NULL,
    notes jsonb NOT NULL,
    CONSTRAINT pk_city_note PRIMARY KEY (id),
    CONSTRAINT ck_city_note_one_row CHECK (id = 1)
);

-- What is in force now, one view a level of the social grids. security_invoker: a plain view would
-- read with its owner's rights and skip every policy.
CREATE VIEW districts WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 1 AND upper_inf(sys) AND valid @> now();

CREATE VIEW streets WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 2 AND upper_inf(sys) AND valid @> now();

CREATE VIEW communities WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 3 AND upper_inf(sys) AND valid @> now();

CREATE VIEW grids WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 4 AND upper_inf(sys) AND valid @> now();

CREATE VIEW places WITH (security_invoker = true) AS
SELECT id, kind, name, name_en, address, risk_level, source, generated, geom
FROM place;

CREATE VIEW components WITH (security_invoker = true) AS
SELECT c.id, c.code, c.class_code, k.name AS class_name, c.name, c.state, c.owner, c.upkeep,
       c.installed_on, c.source, c.generated, c.geom
FROM component AS c
JOIN component_class AS k ON k.code = c.class_code;

CREATE VIEW events WITH (security_invoker = true) AS
SELECT e.id, e.no, e.category, m.name AS category_name, e.title, e.state, e.source, e.address,
       e.occurred_at, e.reported_at, e.closed_at, e.unit_code, e.ruling, e.generated, e.geom
FROM event AS e
JOIN matter AS m ON m.code = e.category;

INSERT INTO coverage (name, title, title_en, levels, code_profile, tolerance_m) VALUES
('grids', '社会治理网格', 'Social grids', ARRAY['district', 'street', 'community', 'grid'], '6-3-3-3', 30);

-- What locate keeps in memory beside the coverage: a change of duties is told once a statement.
CREATE FUNCTION announce_duties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('citygrid', '{"kind": "duties"}');
    RETURN NULL;
END $$;

CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON duty
FOR EACH STATEMENT EXECUTE FUNCTION announce_duties();

CREATE TRIGGER announce AFTER INSERT OR DELETE OR UPDATE OF name, phone, role, on_duty, organisation_id
ON worker FOR EACH STATEMENT EXECUTE FUNCTION announce_duties();

CREATE TRIGGER announce AFTER UPDATE OR DELETE ON organisation
FOR EACH STATEMENT EXECUTE FUNCTION announce_duties();

-- Keys that were revoked must stop working on every process at once.
CREATE FUNCTION announce_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('citygrid', '{"kind": "keys"}');
    RETURN NULL;
END $$;

CREATE TRIGGER announce AFTER UPDATE OR DELETE ON token
FOR EACH STATEMENT EXECUTE FUNCTION announce_keys();

CREATE TRIGGER announce AFTER UPDATE OR DELETE ON account
FOR EACH STATEMENT EXECUTE FUNCTION announce_keys();
