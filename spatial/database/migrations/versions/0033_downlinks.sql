-- What is to be told to terminals in the field, and what became of it.

CREATE TABLE downlink (
    id bigint GENERATED ALWAYS AS IDENTITY,
    device_id bigint NOT NULL,
    kind text NOT NULL,
    content jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text DEFAULT 'queued' NOT NULL,
    reason text DEFAULT '' NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    client_id text,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    next_at timestamptz DEFAULT now() NOT NULL,
    sent_at timestamptz,
    done_at timestamptz,
    CONSTRAINT pk_downlink PRIMARY KEY (id),
    CONSTRAINT fk_downlink_device_id FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE CASCADE,
    CONSTRAINT fk_downlink_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_downlink_kind CHECK (kind IN ('text', 'interval', 'position', 'tracking')),
    CONSTRAINT ck_downlink_state CHECK (state IN ('queued', 'sent', 'confirmed', 'failed', 'expired')),
    CONSTRAINT ck_downlink_expires_at CHECK (expires_at > created_at)
);
CREATE INDEX ix_downlink_device_id ON downlink (device_id, id);
CREATE INDEX ix_downlink_waiting ON downlink (device_id, next_at) WHERE state IN ('queued', 'sent');
-- The same request makes one message.
CREATE UNIQUE INDEX uq_downlink_account_id_client_id ON downlink (account_id, client_id)
    WHERE client_id IS NOT NULL;
