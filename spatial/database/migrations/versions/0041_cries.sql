-- Cries for help (求救): what became of each SOS. The place is its own, so that it outlives the fixes it was taken from.
CREATE TABLE cry (
    id bigint GENERATED ALWAYS AS IDENTITY,
    mover_id bigint,
    device_id bigint,
    whose bigint GENERATED ALWAYS AS (coalesce(mover_id, - device_id)) STORED,
    way text NOT NULL,
    state text DEFAULT 'open' NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz DEFAULT now() NOT NULL,
    late boolean DEFAULT false NOT NULL,
    times integer DEFAULT 1 NOT NULL,
    last_at timestamptz NOT NULL,
    lon double precision,
    lat double precision,
    accuracy_m real,
    placed_at timestamptz,
    unit_code text COLLATE "C",
    note text DEFAULT '' NOT NULL,
    level smallint DEFAULT 0 NOT NULL,
    waiting_since timestamptz DEFAULT now(),
    acknowledged_at timestamptz,
    acknowledged_by text,
    closed_at timestamptz,
    closed_by text,
    word text,
    remark text DEFAULT '' NOT NULL,
    edition integer DEFAULT 1 NOT NULL,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    client_id text,
    CONSTRAINT pk_cry PRIMARY KEY (id),
    CONSTRAINT fk_cry_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT fk_cry_device_id FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE SET NULL,
    CONSTRAINT fk_cry_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_cry_way CHECK (way IN ('device', 'self', 'call')),
    CONSTRAINT ck_cry_state CHECK (state IN ('open', 'acknowledged', 'closed')),
    CONSTRAINT ck_cry_place CHECK ((lon IS NULL) = (lat IS NULL)),
    CONSTRAINT ck_cry_times CHECK (times >= 1),
    CONSTRAINT ck_cry_waiting CHECK (waiting_since IS NULL OR state = 'open'),
    CONSTRAINT ck_cry_word CHECK (word IN ('real', 'false_alarm', 'test')),
    CONSTRAINT ck_cry_closed CHECK ((state = 'closed') = (closed_at IS NOT NULL) AND (state = 'closed') = (word IS NOT NULL))
);
-- Nobody cries twice at once: what is told meanwhile counts up the one there is.
CREATE UNIQUE INDEX uq_cry_whose ON cry (whose) WHERE state <> 'closed';
-- The same request of an account makes one cry.
CREATE UNIQUE INDEX uq_cry_account_id_client_id ON cry (account_id, client_id) WHERE client_id IS NOT NULL;
CREATE INDEX ix_cry_of_mover ON cry (mover_id, at);
CREATE INDEX ix_cry_of_device ON cry (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX ix_cry_at ON cry (at);
CREATE INDEX ix_cry_waiting ON cry (waiting_since) WHERE waiting_since IS NOT NULL;

-- What was done about it, in order: added, never changed.
CREATE TABLE cry_step (
    id bigint GENERATED ALWAYS AS IDENTITY,
    cry_id bigint NOT NULL,
    what text NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    level smallint,
    word text,
    note text DEFAULT '' NOT NULL,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    CONSTRAINT pk_cry_step PRIMARY KEY (id),
    CONSTRAINT fk_cry_step_cry_id FOREIGN KEY (cry_id) REFERENCES cry (id) ON DELETE CASCADE,
    CONSTRAINT fk_cry_step_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_cry_step_what CHECK (what IN ('opened', 'acknowledged', 'escalated', 'closed', 'reopened')),
    CONSTRAINT ck_cry_step_level CHECK ((what = 'escalated') = (level IS NOT NULL))
);
CREATE INDEX ix_cry_step_cry_id ON cry_step (cry_id, id);
CREATE INDEX ix_cry_step_account_id ON cry_step (account_id) WHERE account_id IS NOT NULL;
-- Each level is reached once, whatever number of job processes there are.
CREATE UNIQUE INDEX uq_cry_step_level ON cry_step (cry_id, level) WHERE level IS NOT NULL;

-- Cries of the last hours are open, as they were shown before; they have waited already, and go up no more.
INSERT INTO cry (mover_id, device_id, way, at, received_at, last_at, times, late, waiting_since)
SELECT min(h.mover_id), min(h.device_id), 'device', min(h.time), min(h.received_at), max(h.time), count(*),
       bool_and(h.time < h.received_at - interval '24 hours'), NULL
FROM happening AS h
WHERE h.kind = 'sos' AND h.received_at > now() - interval '12 hours'
GROUP BY coalesce(h.mover_id, - h.device_id);
INSERT INTO cry_step (cry_id, what, at) SELECT id, 'opened', received_at FROM cry;
