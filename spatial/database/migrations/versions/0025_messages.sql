-- Text messages to people: whom they are for, what became of each, and the rules of those that are sent by
-- themselves.

CREATE TABLE message_rule (
    occasion text NOT NULL,
    enabled boolean DEFAULT false NOT NULL,
    language text DEFAULT 'zh' NOT NULL,
    template_zh text NOT NULL,
    template_en text NOT NULL,
    urgencies text[] DEFAULT '{ordinary,urgent,critical}' NOT NULL,
    categories text[] DEFAULT '{}' NOT NULL,
    recipients text[] DEFAULT '{responsible}' NOT NULL,
    from_share smallint DEFAULT 80 NOT NULL,
    quiet_from time,
    quiet_until time,
    valid_minutes integer DEFAULT 720 NOT NULL,
    changed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_message_rule PRIMARY KEY (occasion),
    CONSTRAINT ck_message_rule_occasion CHECK (
        occasion IN ('dispatched', 'escalated', 'supervised', 'warning', 'overdue')),
    CONSTRAINT ck_message_rule_language CHECK (language IN ('zh', 'en')),
    CONSTRAINT ck_message_rule_urgencies CHECK (urgencies <@ '{ordinary,urgent,critical}'),
    CONSTRAINT ck_message_rule_recipients CHECK (recipients <@ '{responsible,organisation,leader}'),
    CONSTRAINT ck_message_rule_from_share CHECK (from_share BETWEEN 1 AND 99),
    CONSTRAINT ck_message_rule_quiet CHECK ((quiet_from IS NULL) = (quiet_until IS NULL)),
    CONSTRAINT ck_message_rule_valid_minutes CHECK (valid_minutes BETWEEN 5 AND 4320)
);
-- Ready to be switched on, and off until somebody does.
INSERT INTO message_rule (occasion, template_zh, template_en, recipients, quiet_from, quiet_until) VALUES
('dispatched', '【网格平台】{no} {title}（{address}）已派给您，请于{due}前处置。',
 '{no} {title} ({address}) was given to you. Handle it by {due}.', '{responsible}', '22:00', '07:00'),
('escalated', '【网格平台】{no} {title} 已升级，请于{due}前处置。',
 '{no} {title} was escalated to you. Handle it by {due}.', '{responsible}', '22:00', '07:00'),
('supervised', '【网格平台】{no} {title} 已被督办，请于{due}前处置。',
 '{no} {title} is under supervision. Handle it by {due}.', '{responsible}', '22:00', '07:00'),
('warning', '【网格平台】{no} {title} 时限已用{share}%，请于{due}前完成。',
 '{share} % of the time for {no} {title} has gone: it is due at {due}.', '{responsible}', '22:00', '07:00'),
('overdue', '【网格平台】{no} {title} 已于{due}超时，请立即处理。',
 '{no} {title} has been overdue since {due}.', '{responsible,leader}', '22:00', '07:00');

CREATE TABLE message (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    client_id text,
    occasion text,
    event_id bigint,
    step_id bigint,
    warning_id bigint,
    text text NOT NULL,
    alphabet text NOT NULL,
    parts smallint NOT NULL,
    not_before timestamptz DEFAULT now() NOT NULL,
    valid_for interval NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_message PRIMARY KEY (id),
    CONSTRAINT fk_message_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT fk_message_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE,
    CONSTRAINT fk_message_occasion FOREIGN KEY (occasion) REFERENCES message_rule (occasion),
    CONSTRAINT ck_message_alphabet CHECK (alphabet IN ('gsm7', 'ucs2')),
    CONSTRAINT ck_message_parts CHECK (parts BETWEEN 1 AND 255),
    CONSTRAINT ck_message_valid_for CHECK (valid_for BETWEEN '0' AND '3 days')
);
CREATE INDEX ix_message_account_id_created_at ON message (account_id, created_at);
CREATE INDEX ix_message_event_id ON message (event_id) WHERE event_id IS NOT NULL;
-- The same request, step or warning makes one message.
CREATE UNIQUE INDEX uq_message_account_id_client_id ON message (account_id, client_id)
    WHERE client_id IS NOT NULL;
CREATE UNIQUE INDEX uq_message_occasion_step_id ON message (occasion, step_id) WHERE step_id IS NOT NULL;
CREATE UNIQUE INDEX uq_message_occasion_warning_id ON message (occasion, warning_id)
    WHERE warning_id IS NOT NULL;

-- Each time that an account has a message sent, or tried again: the quota of its hour counts these.
CREATE TABLE message_round (
    id bigint GENERATED ALWAYS AS IDENTITY,
    message_id bigint NOT NULL,
    account_id bigint,
    cost integer NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_message_round PRIMARY KEY (id),
    CONSTRAINT fk_message_round_message_id FOREIGN KEY (message_id) REFERENCES message (id) ON DELETE CASCADE,
    CONSTRAINT fk_message_round_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);
CREATE INDEX ix_message_round_message_id ON message_round (message_id);
CREATE INDEX ix_message_round_account_id_at ON message_round (account_id, at);

CREATE TABLE message_recipient (
    id bigint GENERATED ALWAYS AS IDENTITY,
    message_id bigint NOT NULL,
    worker_id bigint NOT NULL,
    state text DEFAULT 'queued' NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    round smallint DEFAULT 1 NOT NULL,
    next_at timestamptz DEFAULT now() NOT NULL,
    gateway text,
    reason text DEFAULT '' NOT NULL,
    changed_at timestamptz DEFAULT now() NOT NULL,
    claimed bigint,
    CONSTRAINT pk_message_recipient PRIMARY KEY (id),
    CONSTRAINT fk_message_recipient_message_id FOREIGN KEY (message_id)
        REFERENCES message (id) ON DELETE CASCADE,
    CONSTRAINT fk_message_recipient_worker_id FOREIGN KEY (worker_id) REFERENCES worker (id) ON DELETE CASCADE,
    CONSTRAINT uq_message_recipient_message_id_worker_id UNIQUE (message_id, worker_id),
    CONSTRAINT ck_message_recipient_state CHECK (state IN (
        'queued', 'sending', 'sent', 'delivered', 'failed', 'expired', 'uncertain'))
);
CREATE INDEX ix_message_recipient_worker_id ON message_recipient (worker_id);
CREATE INDEX ix_message_recipient_waiting ON message_recipient (next_at)
    WHERE state IN ('queued', 'sending');

CREATE TABLE message_part (
    recipient_id bigint NOT NULL,
    nr smallint NOT NULL,
    gateway_id text,
    state text DEFAULT 'sent' NOT NULL,
    reason text DEFAULT '' NOT NULL,
    sent_at timestamptz DEFAULT now() NOT NULL,
    done_at timestamptz,
    CONSTRAINT pk_message_part PRIMARY KEY (recipient_id, nr),
    CONSTRAINT fk_message_part_recipient_id FOREIGN KEY (recipient_id)
        REFERENCES message_recipient (id) ON DELETE CASCADE,
    CONSTRAINT ck_message_part_state CHECK (state IN ('sent', 'delivered', 'failed', 'expired'))
);
CREATE INDEX ix_message_part_gateway_id ON message_part (gateway_id) WHERE gateway_id IS NOT NULL;

-- Receipts that came before the answer that names what they are of, and those of nothing of ours.
CREATE TABLE message_receipt (
    id bigint GENERATED ALWAYS AS IDENTITY,
    gateway_id text NOT NULL,
    state text NOT NULL,
    reason text DEFAULT '' NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_message_receipt PRIMARY KEY (id),
    CONSTRAINT ck_message_receipt_state CHECK (state IN ('delivered', 'failed', 'expired'))
);
CREATE INDEX ix_message_receipt_gateway_id ON message_receipt (gateway_id);

-- Steps and warnings that a rule may have a message for.
CREATE TABLE message_due (
    id bigint GENERATED ALWAYS AS IDENTITY,
    occasion text NOT NULL,
    event_id bigint NOT NULL,
    step_id bigint,
    warning_id bigint,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_message_due PRIMARY KEY (id)
);

-- A statement at a time, and nothing at all while no rule is on. Steps of the past, which come in with events
-- from elsewhere, are nobody's news.
CREATE FUNCTION message_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM message_rule WHERE enabled) THEN
        INSERT INTO message_due (occasion, event_id, step_id)
        SELECT r.occasion, s.event_id, s.id
        FROM new_rows AS s
        JOIN message_rule AS r ON r.enabled AND r.occasion = CASE
            WHEN s.verb IN ('dispatch', 'redispatch', 'rework') THEN 'dispatched'
            WHEN s.verb = 'escalate' THEN 'escalated'
            WHEN s.verb = 'supervise' THEN 'supervised' END
        WHERE s.at > now() - interval '10 minutes'
        ORDER BY s.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER messages AFTER INSERT ON event_step REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION message_steps();

CREATE FUNCTION message_warnings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM message_rule WHERE enabled) THEN
        INSERT INTO message_due (occasion, event_id, warning_id)
        SELECT r.occasion, w.event_id, w.id
        FROM new_rows AS w
        JOIN message_rule AS r ON r.enabled
             AND r.occasion = CASE WHEN w.share >= 100 THEN 'overdue' ELSE 'warning' END
             AND (w.share >= r.from_share)
        ORDER BY w.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER messages AFTER INSERT ON event_warning REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION message_warnings();

-- That somebody's number is about to be opened is on record before it is.
CREATE FUNCTION message_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
BEGIN
    PERFORM audit_record('send', 'worker', NEW.worker_id::text,
                         (SELECT unit_code FROM worker WHERE id = NEW.worker_id), NULL,
                         jsonb_build_object('field', 'phone', 'message', NEW.message_id), NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER record AFTER UPDATE OF state ON message_recipient
FOR EACH ROW WHEN (NEW.state = 'sending' AND OLD.state <> 'sending') EXECUTE FUNCTION message_record();

-- The ciphertexts of the numbers that messages are being sent to: of recipients that were claimed, on record, by a
-- transaction that has been committed. Null where none is kept.
CREATE FUNCTION message_ciphers(recipients bigint[])
RETURNS TABLE (recipient_id bigint, worker_id bigint, sealed bytea) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
    SELECT r.id, w.id, w.phone_cipher
    FROM message_recipient AS r
    JOIN worker AS w ON w.id = r.worker_id
    WHERE r.id = ANY (recipients) AND r.state = 'sending'
      AND r.claimed IS DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint
$$;

REVOKE ALL ON FUNCTION message_steps(), message_warnings(), message_record(), message_ciphers(bigint[])
    FROM PUBLIC;
