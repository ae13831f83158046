-- What comes in from and goes to other systems by configuration.

-- Who sends reports in words of their own, or is asked for them.
CREATE TABLE adapter (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    title text DEFAULT '' NOT NULL,
    kind text DEFAULT 'messages' NOT NULL,
    source text NOT NULL,
    account_id bigint NOT NULL,
    mapping jsonb NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    sample text,
    state text DEFAULT 'active' NOT NULL,
    why text DEFAULT '' NOT NULL,
    secret_cipher bytea,
    old_secret_cipher bytea,
    old_secret_until timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    changed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_adapter PRIMARY KEY (id),
    CONSTRAINT uq_adapter_name UNIQUE (name),
    CONSTRAINT ck_adapter_kind CHECK (kind IN ('messages', 'open311')),
    CONSTRAINT ck_adapter_state CHECK (state IN ('active', 'paused')),
    CONSTRAINT ck_adapter_old_secret CHECK ((old_secret_cipher IS NULL) = (old_secret_until IS NULL)),
    CONSTRAINT fk_adapter_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX ix_adapter_account_id ON adapter (account_id);

-- What came of it, and of those that are asked: how far they were read.
CREATE TABLE adapter_pace (
    adapter_id bigint NOT NULL,
    read_until timestamptz,
    next_at timestamptz DEFAULT now() NOT NULL,
    last_at timestamptz,
    last_good_at timestamptz,
    failures integer DEFAULT 0 NOT NULL,
    last_error text,
    taken bigint DEFAULT 0 NOT NULL,
    known bigint DEFAULT 0 NOT NULL,
    refused bigint DEFAULT 0 NOT NULL,
    CONSTRAINT pk_adapter_pace PRIMARY KEY (adapter_id),
    CONSTRAINT fk_adapter_pace_adapter_id FOREIGN KEY (adapter_id) REFERENCES adapter (id) ON DELETE CASCADE
);

-- Messages that became no report, with the reasons; sealed, for they may name people.
CREATE TABLE adapter_refusal (
    id bigint GENERATED ALWAYS AS IDENTITY,
    adapter_id bigint NOT NULL,
    key text NOT NULL,
    problems jsonb NOT NULL,
    message_cipher bytea,
    state text DEFAULT 'waiting' NOT NULL,
    tries integer DEFAULT 1 NOT NULL,
    event_id bigint,
    why text DEFAULT '' NOT NULL,
    first_at timestamptz DEFAULT now() NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    done_at timestamptz,
    CONSTRAINT pk_adapter_refusal PRIMARY KEY (id),
    CONSTRAINT uq_adapter_refusal_adapter_id_key UNIQUE (adapter_id, key),
    CONSTRAINT ck_adapter_refusal_state CHECK (state IN ('waiting', 'taken', 'dropped')),
    CONSTRAINT ck_adapter_refusal_done CHECK ((done_at IS NULL) = (state = 'waiting')),
    CONSTRAINT fk_adapter_refusal_adapter_id FOREIGN KEY (adapter_id) REFERENCES adapter (id) ON DELETE CASCADE
);
CREATE INDEX ix_adapter_refusal_waiting ON adapter_refusal (adapter_id, id) WHERE state = 'waiting';
CREATE INDEX ix_adapter_refusal_done_at ON adapter_refusal (done_at) WHERE done_at IS NOT NULL;

-- Offices whose own Open311 server is handed the events of their organisation.
CREATE TABLE office (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    organisation_id bigint NOT NULL,
    account_id bigint NOT NULL,
    url text NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text DEFAULT 'active' NOT NULL,
    why text DEFAULT '' NOT NULL,
    since timestamptz DEFAULT now() NOT NULL,
    poll_minutes integer DEFAULT 15 NOT NULL,
    next_poll_at timestamptz DEFAULT now() NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    rest_until timestamptz DEFAULT '-infinity' NOT NULL,
    last_at timestamptz,
    last_good_at timestamptz,
    last_error text,
    key_cipher bytea,
    CONSTRAINT pk_office PRIMARY KEY (id),
    CONSTRAINT uq_office_name UNIQUE (name),
    CONSTRAINT ck_office_state CHECK (state IN ('active', 'paused')),
    CONSTRAINT ck_office_poll_minutes CHECK (poll_minutes BETWEEN 1 AND 1440),
    CONSTRAINT fk_office_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_office_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX ix_office_organisation_id ON office (organisation_id);
CREATE INDEX ix_office_account_id ON office (account_id);

-- An event in the hands of such an office, and what it calls it.
CREATE TABLE handover (
    id bigint GENERATED ALWAYS AS IDENTITY,
    office_id bigint NOT NULL,
    event_id bigint NOT NULL,
    state text DEFAULT 'waiting' NOT NULL,
    service_request_id text,
    token text,
    status text,
    status_notes text,
    updated_at timestamptz,
    tries integer DEFAULT 0 NOT NULL,
    first_try_at timestamptz,
    next_at timestamptz DEFAULT now() NOT NULL,
    error text DEFAULT '' NOT NULL,
    made_at timestamptz DEFAULT now() NOT NULL,
    sent_at timestamptz,
    done_at timestamptz,
    CONSTRAINT pk_handover PRIMARY KEY (id),
    CONSTRAINT ck_handover_state CHECK (
        state IN ('waiting', 'doubtful', 'sent', 'closed', 'dead', 'dropped', 'withdrawn')
    ),
    CONSTRAINT ck_handover_done CHECK ((done_at IS NULL) = (state IN ('waiting', 'doubtful', 'sent', 'dead'))),
    CONSTRAINT fk_handover_office_id FOREIGN KEY (office_id) REFERENCES office (id) ON DELETE CASCADE,
    CONSTRAINT fk_handover_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX uq_handover_open ON handover (office_id, event_id)
    WHERE state IN ('waiting', 'doubtful', 'sent', 'dead');
CREATE INDEX ix_handover_event_id ON handover (event_id);
CREATE INDEX ix_handover_due ON handover (office_id, next_at) WHERE state IN ('waiting', 'doubtful');
CREATE INDEX ix_handover_sent ON handover (office_id, id) WHERE state = 'sent';
