-- Files of features that somebody asked for and the job process writes.
CREATE TABLE export (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint NOT NULL,
    layer text NOT NULL,
    format text NOT NULL,
    asked jsonb NOT NULL,
    record bigint NOT NULL,
    state text DEFAULT 'waiting' NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    rows bigint DEFAULT 0 NOT NULL,
    expected bigint,
    bytes bigint DEFAULT 0 NOT NULL,
    error text,
    rights text,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    expires_at timestamp with time zone,
    CONSTRAINT pk_export PRIMARY KEY (id),
    CONSTRAINT ck_export_state CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    CONSTRAINT fk_export_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX ix_export_account_id ON export (account_id);
