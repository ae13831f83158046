-- Tasks and messages to people and vehicles in the field, and what becomes of them.

-- Where somebody is to do something, or to know something. unit_code and organisation_id are the sender's: whose it is.
CREATE TABLE task (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    title text NOT NULL,
    text text DEFAULT '' NOT NULL,
    movers bigint[] NOT NULL,
    event_id bigint,
    place_id bigint,
    component_id bigint,
    geom geometry(GEOMETRY,4326),
    due_at timestamptz,
    confirm_by timestamptz,
    remind_every interval DEFAULT '00:10:00' NOT NULL,
    remind_at timestamptz,
    reminders smallint DEFAULT 0 NOT NULL,
    state text DEFAULT 'open' NOT NULL,
    reason text DEFAULT '' NOT NULL,
    cancelled_at timestamptz,
    cancelled_by text,
    unit_code text COLLATE "C",
    organisation_id bigint,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    client_id text,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_task PRIMARY KEY (id),
    CONSTRAINT fk_task_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE SET NULL,
    CONSTRAINT fk_task_place_id FOREIGN KEY (place_id) REFERENCES place (id) ON DELETE SET NULL,
    CONSTRAINT fk_task_component_id FOREIGN KEY (component_id) REFERENCES component (id) ON DELETE SET NULL,
    CONSTRAINT fk_task_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_task_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_task_kind CHECK (kind IN ('task', 'message')),
    CONSTRAINT ck_task_state CHECK (state IN ('open', 'cancelled')),
    CONSTRAINT ck_task_movers CHECK (cardinality(movers) BETWEEN 1 AND 500),
    CONSTRAINT ck_task_about CHECK (num_nonnulls(event_id, place_id, component_id) <= 1)
);
CREATE INDEX ix_task_movers ON task USING gin (movers);
CREATE INDEX ix_task_event_id ON task (event_id);
CREATE INDEX ix_task_place_id ON task (place_id);
CREATE INDEX ix_task_component_id ON task (component_id);
CREATE INDEX ix_task_account_id ON task (account_id, id);
CREATE INDEX ix_task_unit_code ON task (unit_code);
CREATE INDEX ix_task_remind_at ON task (remind_at) WHERE remind_at IS NOT NULL;
-- The same request makes one task.
CREATE UNIQUE INDEX uq_task_account_id_client_id ON task (account_id, client_id) WHERE client_id IS NOT NULL;

-- Whom it is for, and how far it got with each.
CREATE TABLE task_recipient (
    task_id bigint NOT NULL,
    mover_id bigint NOT NULL,
    state text DEFAULT 'sent' NOT NULL,
    reason text DEFAULT '' NOT NULL,
    note text DEFAULT '' NOT NULL,
    attachment text,
    downlink_id bigint,
    delivered_at timestamptz,
    read_at timestamptz,
    answered_at timestamptz,
    done_at timestamptz,
    CONSTRAINT pk_task_recipient PRIMARY KEY (task_id, mover_id),
    CONSTRAINT fk_task_recipient_task_id FOREIGN KEY (task_id) REFERENCES task (id) ON DELETE CASCADE,
    CONSTRAINT fk_task_recipient_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT fk_task_recipient_downlink_id FOREIGN KEY (downlink_id) REFERENCES downlink (id) ON DELETE SET NULL,
    CONSTRAINT ck_task_recipient_state CHECK (state IN ('sent', 'delivered', 'read', 'accepted', 'declined', 'done')),
    CONSTRAINT ck_task_recipient_attachment CHECK (attachment ~ '^[0-9a-f]{64}$')
);
CREATE INDEX ix_task_recipient_mover_id ON task_recipient (mover_id, task_id);
-- What a terminal has not said yet that it has.
CREATE INDEX ix_task_recipient_downlink_id ON task_recipient (downlink_id)
    WHERE delivered_at IS NULL AND downlink_id IS NOT NULL;

-- What happened, in the order in which it was heard; `at` is what the phone says.
CREATE TABLE task_step (
    id bigint GENERATED ALWAYS AS IDENTITY,
    task_id bigint NOT NULL,
    mover_id bigint,
    what text NOT NULL,
    at timestamptz NOT NULL,
    heard_at timestamptz DEFAULT now() NOT NULL,
    note text DEFAULT '' NOT NULL,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    CONSTRAINT pk_task_step PRIMARY KEY (id),
    CONSTRAINT fk_task_step_task_id FOREIGN KEY (task_id) REFERENCES task (id) ON DELETE CASCADE,
    CONSTRAINT fk_task_step_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT fk_task_step_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_task_step_what CHECK (what IN ('sent', 'delivered', 'read', 'accepted', 'declined', 'done',
                                                 'reminded', 'cancelled'))
);
CREATE INDEX ix_task_step_task_id ON task_step (task_id, id);
-- What is resent is one step; reminders are many.
CREATE UNIQUE INDEX uq_task_step_once ON task_step (task_id, mover_id, what) WHERE what <> 'reminded';
CREATE INDEX ix_task_step_mover_id ON task_step (mover_id);
