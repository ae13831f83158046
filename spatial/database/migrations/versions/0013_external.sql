-- A layer of images has no table: its pictures come from another platform, through our door.
ALTER TABLE layer ALTER relation DROP NOT NULL, ALTER id_column DROP NOT NULL, ALTER geometry_column DROP NOT NULL;
ALTER TABLE layer ADD CONSTRAINT ck_layer_has_table
    CHECK ((kind = 'raster') = (num_nulls(relation, id_column, geometry_column) = 3)
           AND num_nulls(relation, id_column, geometry_column) IN (0, 3));

-- A service of another platform that a layer comes from: where it is, how it is asked, and when next.
CREATE TABLE external_source (
    id bigint GENERATED ALWAYS AS IDENTITY,
    layer text,
    name text,
    account_id bigint,
    username text NOT NULL,
    context jsonb DEFAULT '{}' NOT NULL,
    protocol text NOT NULL,
    mode text NOT NULL,
    url text NOT NULL,
    remote text NOT NULL,
    options jsonb DEFAULT '{}' NOT NULL,
    every_minutes integer NOT NULL,
    secret_kind text,
    secret_cipher bytea,
    plan jsonb DEFAULT '{}' NOT NULL,
    digest text,
    state text DEFAULT 'asked' NOT NULL,
    problems jsonb DEFAULT '[]' NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT now(),
    claimed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_external_source PRIMARY KEY (id),
    CONSTRAINT uq_external_source_layer UNIQUE (layer),
    CONSTRAINT ck_external_source_protocol CHECK (protocol IN ('wms', 'wmts', 'wfs', 'ogcapi', 'arcgis')),
    CONSTRAINT ck_external_source_mode CHECK (mode IN ('harvest', 'proxy')),
    CONSTRAINT ck_external_source_state CHECK (state IN ('asked', 'live', 'refused')),
    CONSTRAINT ck_external_source_secret CHECK ((secret_kind IS NULL) = (secret_cipher IS NULL)),
    CONSTRAINT fk_external_source_layer FOREIGN KEY (layer) REFERENCES layer (name) ON DELETE CASCADE,
    CONSTRAINT fk_external_source_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);
CREATE INDEX ix_external_source_due_at ON external_source (due_at);

-- How a service does: for whoever sees the layer.
CREATE TABLE external_health (
    layer text NOT NULL,
    state text DEFAULT 'ok' NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    checked_at timestamp with time zone,
    answered_at timestamp with time zone,
    answer_ms integer,
    data_at timestamp with time zone,
    changed_at timestamp with time zone,
    features bigint,
    error text,
    CONSTRAINT pk_external_health PRIMARY KEY (layer),
    CONSTRAINT ck_external_health_state CHECK (state IN ('ok', 'slow', 'failing')),
    CONSTRAINT fk_external_health_layer FOREIGN KEY (layer) REFERENCES layer (name) ON DELETE CASCADE
);
