-- What somebody asked a process to calculate, how far it is, and what came out.
CREATE TABLE process_job (
    id bigint GENERATED ALWAYS AS IDENTITY,
    number uuid DEFAULT gen_random_uuid() NOT NULL,
    account_id bigint NOT NULL,
    process text NOT NULL,
    asked jsonb NOT NULL,
    state text DEFAULT 'accepted' NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    progress smallint DEFAULT 0 NOT NULL,
    message text DEFAULT '' NOT NULL,
    problem jsonb,
    media_type text,
    result bytea,
    rights text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    expires_at timestamp with time zone,
    CONSTRAINT pk_process_job PRIMARY KEY (id),
    CONSTRAINT uq_process_job_number UNIQUE (number),
    CONSTRAINT ck_process_job_state CHECK (state IN ('accepted', 'running', 'successful', 'failed', 'dismissed')),
    CONSTRAINT fk_process_job_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX ix_process_job_account_id ON process_job (account_id);
