-- A part of a network that is cut off: as it was found on one edition, and what became of it.
CREATE TABLE shut_off (
    id bigint GENERATED ALWAYS AS IDENTITY,
    network_id bigint NOT NULL,
    state text DEFAULT 'planned' NOT NULL,
    cause text NOT NULL,
    title text DEFAULT '' NOT NULL,
    from_at timestamptz NOT NULL,
    until_at timestamptz,
    announced_at timestamptz,
    began_at timestamptz,
    ended_at timestamptz,
    question jsonb NOT NULL,
    edition bigint NOT NULL,
    found jsonb NOT NULL,
    username text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_shut_off PRIMARY KEY (id),
    CONSTRAINT fk_shut_off_network_id FOREIGN KEY (network_id) REFERENCES network (id) ON DELETE CASCADE,
    CONSTRAINT ck_shut_off_state CHECK (state IN ('planned', 'announced', 'running', 'done', 'cancelled')),
    CONSTRAINT ck_shut_off_cause CHECK (cause IN ('accidental', 'planned')),
    CONSTRAINT ck_shut_off_period CHECK (until_at > from_at)
);
CREATE INDEX ix_shut_off_network_id ON shut_off (network_id, id);
CREATE INDEX ix_shut_off_open ON shut_off (network_id) WHERE state IN ('planned', 'announced', 'running');

-- The valves on its border; held: closed before by others, and to stay so.
CREATE TABLE shut_off_valve (
    id bigint GENERATED ALWAYS AS IDENTITY,
    shut_off_id bigint NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    needed boolean NOT NULL,
    state text DEFAULT 'waiting' NOT NULL,
    at timestamptz,
    username text,
    CONSTRAINT pk_shut_off_valve PRIMARY KEY (id),
    CONSTRAINT uq_shut_off_valve_shut_off_id_code UNIQUE (shut_off_id, code),
    CONSTRAINT fk_shut_off_valve_shut_off_id FOREIGN KEY (shut_off_id) REFERENCES shut_off (id) ON DELETE CASCADE,
    CONSTRAINT ck_shut_off_valve_state CHECK (state IN ('waiting', 'closed', 'opened', 'stuck', 'held', 'left'))
);
