-- A grid adjustment order: the unit of change of a coverage.
CREATE TABLE plan (
    id bigint GENERATED ALWAYS AS IDENTITY,
    coverage text NOT NULL,
    title text NOT NULL,
    basis text DEFAULT '' NOT NULL,
    origin text DEFAULT 'editor' NOT NULL,
    status text DEFAULT 'draft' NOT NULL,
    base_version bigint NOT NULL,
    etag bigint DEFAULT 1 NOT NULL,
    head integer DEFAULT 0 NOT NULL,
    drafter_id bigint,
    drafter text NOT NULL,
    unit_code text COLLATE "C",
    effective_at timestamp with time zone,
    submitted_at timestamp with time zone,
    decided_at timestamp with time zone,
    decided_by text,
    publish_asked_by bigint,
    publish_asked_at timestamp with time zone,
    publish_tries smallint DEFAULT 0 NOT NULL,
    publish_problem jsonb,
    published_at timestamp with time zone,
    published_version bigint,
    counter_of bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan PRIMARY KEY (id),
    CONSTRAINT ck_plan_status CHECK (
        status IN ('draft', 'submitted', 'returned', 'approved', 'published', 'withdrawn')),
    CONSTRAINT fk_plan_coverage FOREIGN KEY (coverage) REFERENCES coverage (name),
    CONSTRAINT fk_plan_base_version FOREIGN KEY (base_version) REFERENCES coverage_version (id),
    CONSTRAINT fk_plan_published_version FOREIGN KEY (published_version) REFERENCES coverage_version (id),
    CONSTRAINT fk_plan_counter_of FOREIGN KEY (counter_of) REFERENCES plan (id),
    CONSTRAINT fk_plan_drafter_id FOREIGN KEY (drafter_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT fk_plan_publish_asked_by FOREIGN KEY (publish_asked_by) REFERENCES account (id)
        ON DELETE SET NULL
);
CREATE INDEX ix_plan_status_coverage ON plan (status, coverage);
CREATE INDEX ix_plan_drafter_id ON plan (drafter_id);
-- What one person draws in QGIS goes into one plan until that is submitted.
CREATE UNIQUE INDEX uq_plan_qgis ON plan (drafter_id, coverage)
WHERE origin = 'qgis' AND status IN ('draft', 'returned');

CREATE TABLE plan_step (
    plan_id bigint NOT NULL,
    seq integer NOT NULL,
    base_version bigint NOT NULL,
    operation jsonb NOT NULL,
    title text NOT NULL,
    change bytea NOT NULL,
    account_id bigint,
    username text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan_step PRIMARY KEY (plan_id, seq),
    CONSTRAINT fk_plan_step_plan_id FOREIGN KEY (plan_id) REFERENCES plan (id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_step_base_version FOREIGN KEY (base_version) REFERENCES coverage_version (id),
    CONSTRAINT fk_plan_step_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);

CREATE TABLE plan_net (
    plan_id bigint NOT NULL,
    change bytea NOT NULL,
    CONSTRAINT pk_plan_net PRIMARY KEY (plan_id),
    CONSTRAINT fk_plan_net_plan_id FOREIGN KEY (plan_id) REFERENCES plan (id) ON DELETE CASCADE
);
-- Both are packed already.
ALTER TABLE plan_step ALTER COLUMN change SET STORAGE EXTERNAL;
ALTER TABLE plan_net ALTER COLUMN change SET STORAGE EXTERNAL;

CREATE TABLE plan_comment (
    id bigint GENERATED ALWAYS AS IDENTITY,
    plan_id bigint NOT NULL,
    kind text DEFAULT 'comment' NOT NULL,
    text text NOT NULL,
    lon double precision,
    lat double precision,
    unit_id uuid,
    account_id bigint,
    username text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan_comment PRIMARY KEY (id),
    CONSTRAINT fk_plan_comment_plan_id FOREIGN KEY (plan_id) REFERENCES plan (id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_comment_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);
CREATE INDEX ix_plan_comment_plan_id ON plan_comment (plan_id);

CREATE TABLE plan_waiver (
    plan_id bigint NOT NULL,
    issue_id text NOT NULL,
    rule text NOT NULL,
    reason text NOT NULL,
    account_id bigint,
    username text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_plan_waiver PRIMARY KEY (plan_id, issue_id),
    CONSTRAINT fk_plan_waiver_plan_id FOREIGN KEY (plan_id) REFERENCES plan (id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_waiver_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);
