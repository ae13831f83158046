-- Files of polygons that somebody brings into a plan; the job process works them off.
CREATE TABLE plan_import (
    id bigint GENERATED ALWAYS AS IDENTITY,
    plan_id bigint NOT NULL,
    account_id bigint,
    username text NOT NULL,
    filename text NOT NULL,
    file text,
    bytes bigint NOT NULL,
    options jsonb NOT NULL,
    state text DEFAULT 'waiting' NOT NULL,
    stage text DEFAULT '' NOT NULL,
    progress double precision DEFAULT 0 NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    step integer,
    problems jsonb DEFAULT '[]' NOT NULL,
    summary jsonb,
    report jsonb,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT pk_plan_import PRIMARY KEY (id),
    CONSTRAINT ck_plan_import_state CHECK (
        state IN ('waiting', 'running', 'done', 'refused', 'failed', 'cancelled')),
    CONSTRAINT fk_plan_import_plan_id FOREIGN KEY (plan_id) REFERENCES plan (id) ON DELETE CASCADE,
    CONSTRAINT fk_plan_import_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);
CREATE INDEX ix_plan_import_plan_id ON plan_import (plan_id);
CREATE INDEX ix_plan_import_state ON plan_import (state) WHERE state IN ('waiting', 'running');
