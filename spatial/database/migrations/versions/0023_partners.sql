-- Webhooks, what was delivered, and the order of steps for the feed.

-- Logs in the order of their transactions: numbers are drawn before the commit, and so may appear out of order;
-- below the oldest transaction of this database that still runs nothing appears any more. What is there already is of the past
-- ('3' is the first number that is any transaction's). Constants as defaults: no row is written anew.
ALTER TABLE event_step
    ADD COLUMN life smallint DEFAULT 1 NOT NULL,
    ADD COLUMN txid xid8 DEFAULT '3' NOT NULL,
    ALTER COLUMN txid SET DEFAULT pg_current_xact_id();
CREATE INDEX ix_event_step_life_txid_id ON event_step (life, txid, id);
ALTER TABLE event_warning
    ADD COLUMN life smallint DEFAULT 1 NOT NULL,
    ADD COLUMN txid xid8 DEFAULT '3' NOT NULL,
    ALTER COLUMN txid SET DEFAULT pg_current_xact_id();
CREATE INDEX ix_event_warning_life_txid_id ON event_warning (life, txid, id);
ALTER TABLE coverage_version
    ADD COLUMN life smallint DEFAULT 1 NOT NULL,
    ADD COLUMN txid xid8 DEFAULT '3' NOT NULL,
    ALTER COLUMN txid SET DEFAULT pg_current_xact_id();
CREATE INDEX ix_coverage_version_life_txid_id ON coverage_version (life, txid, id);

-- The oldest transaction that may still write here. The server numbers those of all its databases in one row, but
-- only those of this one hold the log up. The sessions are looked at after the snapshot was taken: a transaction
-- that is not found among them any more counts as ours until the next reading, which sees it ended.
CREATE FUNCTION log_horizon() RETURNS xid8 LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(min(running.xid), pg_snapshot_xmax(pg_current_snapshot()))
    FROM pg_snapshot_xip(pg_current_snapshot()) AS running (xid)
    WHERE NOT EXISTS (
        SELECT FROM pg_stat_activity AS s
        WHERE s.backend_xid = running.xid::xid AND s.datname <> current_database()
    ) AND NOT EXISTS (
        SELECT FROM pg_prepared_xacts AS p
        WHERE p.transaction = running.xid::xid AND p.database <> current_database()
    )
$$;

-- Numbers of transactions belong to a server. Restored on another one, the database begins another life there:
-- all rows of the lives before come first.
CREATE TABLE log_life (
    life smallint NOT NULL,
    server text NOT NULL,
    source uuid DEFAULT gen_random_uuid() NOT NULL,
    since timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_log_life PRIMARY KEY (life)
);
INSERT INTO log_life (life, server)
SELECT 1, s.system_identifier || '/' || c.timeline_id
FROM pg_control_system() AS s, pg_control_checkpoint() AS c;

-- Where messages go, in whose name, and which.
CREATE TABLE webhook (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    kind text DEFAULT 'webhook' NOT NULL,
    url text NOT NULL,
    account_id bigint NOT NULL,
    topics text[] NOT NULL,
    categories text[] DEFAULT '{}' NOT NULL,
    units text[] DEFAULT '{}' NOT NULL,
    sources text[] DEFAULT '{}' NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    timeout_s smallint DEFAULT 15 NOT NULL,
    parallel smallint DEFAULT 4 NOT NULL,
    retries_s integer[] NOT NULL,
    after_dead text DEFAULT 'hold' NOT NULL,
    state text DEFAULT 'active' NOT NULL,
    why text DEFAULT '' NOT NULL,
    edition integer DEFAULT 1 NOT NULL,
    secret_cipher bytea,
    old_secret_cipher bytea,
    old_secret_until timestamptz,
    opener_kind text,
    opener_cipher bytea,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_webhook PRIMARY KEY (id),
    CONSTRAINT uq_webhook_name UNIQUE (name),
    CONSTRAINT ck_webhook_kind CHECK (kind IN ('webhook', 'rest')),
    CONSTRAINT ck_webhook_state CHECK (state IN ('active', 'paused', 'off')),
    CONSTRAINT ck_webhook_after_dead CHECK (after_dead IN ('hold', 'go_on')),
    CONSTRAINT ck_webhook_timeout_s CHECK (timeout_s BETWEEN 1 AND 30),
    CONSTRAINT ck_webhook_parallel CHECK (parallel BETWEEN 1 AND 16),
    CONSTRAINT ck_webhook_old_secret CHECK ((old_secret_cipher IS NULL) = (old_secret_until IS NULL)),
    CONSTRAINT ck_webhook_opener CHECK ((opener_kind IS NULL) = (opener_cipher IS NULL)),
    CONSTRAINT fk_webhook_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE INDEX ix_webhook_account_id ON webhook (account_id);

-- How far a webhook has read the logs, and how its partner does.
CREATE TABLE webhook_pace (
    webhook_id bigint NOT NULL,
    life smallint NOT NULL,
    txid xid8 NOT NULL,
    topic smallint NOT NULL,
    row_id bigint NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    failing_since timestamptz,
    rest_until timestamptz DEFAULT '-infinity' NOT NULL,
    last_at timestamptz,
    last_good_at timestamptz,
    last_status smallint,
    last_error text,
    CONSTRAINT pk_webhook_pace PRIMARY KEY (webhook_id),
    CONSTRAINT fk_webhook_pace_webhook_id FOREIGN KEY (webhook_id) REFERENCES webhook (id) ON DELETE CASCADE
);

-- What is to be delivered, by the row of its log; what is said is written when it is sent. `infinity`: an earlier
-- one of the same subject comes first.
CREATE TABLE webhook_delivery (
    id bigint GENERATED ALWAYS AS IDENTITY,
    webhook_id bigint NOT NULL,
    topic smallint NOT NULL,
    row_id bigint NOT NULL,
    subject text NOT NULL,
    event_id bigint,
    at timestamptz NOT NULL,
    state text DEFAULT 'waiting' NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    next_at timestamptz DEFAULT now() NOT NULL,
    made_at timestamptz DEFAULT now() NOT NULL,
    done_at timestamptz,
    status smallint,
    why text DEFAULT '' NOT NULL,
    CONSTRAINT pk_webhook_delivery PRIMARY KEY (id),
    CONSTRAINT uq_webhook_delivery_webhook_id_topic_row_id UNIQUE (webhook_id, topic, row_id),
    CONSTRAINT ck_webhook_delivery_state CHECK (state IN ('waiting', 'delivered', 'dead', 'dropped')),
    CONSTRAINT ck_webhook_delivery_done CHECK ((done_at IS NULL) = (state = 'waiting')),
    CONSTRAINT fk_webhook_delivery_webhook_id FOREIGN KEY (webhook_id) REFERENCES webhook (id) ON DELETE CASCADE
);
CREATE INDEX ix_webhook_delivery_waiting ON webhook_delivery (webhook_id, next_at, id) WHERE state = 'waiting';
CREATE INDEX ix_webhook_delivery_open ON webhook_delivery (webhook_id, subject, id)
    WHERE state IN ('waiting', 'dead');
CREATE INDEX ix_webhook_delivery_done_at ON webhook_delivery (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE webhook_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY,
    delivery_id bigint NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    status smallint,
    ms integer NOT NULL,
    answer text DEFAULT '' NOT NULL,
    error text DEFAULT '' NOT NULL,
    CONSTRAINT pk_webhook_attempt PRIMARY KEY (id),
    CONSTRAINT fk_webhook_attempt_delivery_id FOREIGN KEY (delivery_id) REFERENCES webhook_delivery (id)
        ON DELETE CASCADE
);
CREATE INDEX ix_webhook_attempt_delivery_id ON webhook_attempt (delivery_id);

-- What a partner calls an event that it was sent.
CREATE TABLE partner_reference (
    webhook_id bigint NOT NULL,
    event_id bigint NOT NULL,
    reference text NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_partner_reference PRIMARY KEY (webhook_id, event_id),
    CONSTRAINT fk_partner_reference_webhook_id FOREIGN KEY (webhook_id) REFERENCES webhook (id) ON DELETE CASCADE,
    CONSTRAINT fk_partner_reference_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE
);
CREATE INDEX ix_partner_reference_event_id ON partner_reference (event_id);

-- How often a key was used, by hour, door and kind of answer. It outlives the key.
CREATE TABLE call_count (
    key_id bigint NOT NULL,
    account_id bigint NOT NULL,
    hour timestamptz NOT NULL,
    door text NOT NULL,
    status_class smallint NOT NULL,
    calls bigint NOT NULL,
    bytes_in bigint NOT NULL,
    bytes_out bigint NOT NULL,
    ms bigint NOT NULL,
    CONSTRAINT pk_call_count PRIMARY KEY (key_id, hour, door, status_class)
);
CREATE INDEX ix_call_count_account_id_hour ON call_count (account_id, hour);
