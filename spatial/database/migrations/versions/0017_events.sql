-- Events: intake, state chain, deadlines, duplicates, attachments.

ALTER TABLE event
    ADD COLUMN external_id text,
    ADD COLUMN description text,
    ADD COLUMN urgency text DEFAULT 'ordinary' NOT NULL,
    ADD COLUMN units jsonb DEFAULT '{}'::jsonb NOT NULL,
    ADD COLUMN worker_id bigint CONSTRAINT fk_event_worker_id REFERENCES worker (id) ON DELETE SET NULL,
    ADD COLUMN component_id bigint
        CONSTRAINT fk_event_component_id REFERENCES component (id) ON DELETE SET NULL,
    ADD COLUMN place_id bigint CONSTRAINT fk_event_place_id REFERENCES place (id) ON DELETE SET NULL,
    ADD COLUMN address_id bigint CONSTRAINT fk_event_address_id REFERENCES address (id) ON DELETE SET NULL,
    ADD COLUMN accepted_at timestamptz,
    ADD COLUMN filed_at timestamptz,
    ADD COLUMN dispatched_at timestamptz,
    ADD COLUMN handled_at timestamptz,
    ADD COLUMN verified_at timestamptz,
    ADD COLUMN due_at timestamptz,
    ADD COLUMN handle_due_at timestamptz,
    ADD COLUMN close_due_at timestamptz,
    ADD COLUMN returned_count integer DEFAULT 0 NOT NULL,
    ADD COLUMN redispatched_count integer DEFAULT 0 NOT NULL,
    ADD COLUMN escalated_level smallint DEFAULT 0 NOT NULL,
    ADD COLUMN supervised boolean DEFAULT false NOT NULL,
    ADD COLUMN disputed boolean DEFAULT false NOT NULL,
    ADD COLUMN valid boolean,
    ADD COLUMN merged_into bigint CONSTRAINT fk_event_merged_into REFERENCES event (id),
    ADD COLUMN reported_by bigint,
    ADD COLUMN handled_on_time boolean,
    ADD CONSTRAINT ck_event_state CHECK (
        state IN ('reported', 'accepted', 'filed', 'dispatched', 'handled', 'verified', 'closed', 'rejected',
                  'merged', 'cancelled')),
    ADD CONSTRAINT ck_event_source CHECK (
        source IN ('app', 'hotline', 'public', 'patrol', 'internet', 'sensor')),
    ADD CONSTRAINT ck_event_urgency CHECK (urgency IN ('ordinary', 'urgent', 'critical')),
    ADD CONSTRAINT ck_event_merged CHECK ((state = 'merged') = (merged_into IS NOT NULL));
CREATE UNIQUE INDEX uq_event_source_external_id ON event (source, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX ix_event_reported_at_id ON event (reported_at, id);
CREATE INDEX ix_event_state_reported_at ON event (state, reported_at);
CREATE INDEX ix_event_due_at ON event (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX ix_event_worker_id ON event (worker_id) WHERE worker_id IS NOT NULL;
CREATE INDEX ix_event_component_id ON event (component_id) WHERE component_id IS NOT NULL;
CREATE INDEX ix_event_place_id ON event (place_id) WHERE place_id IS NOT NULL;
CREATE INDEX ix_event_address_id ON event (address_id) WHERE address_id IS NOT NULL;
CREATE INDEX ix_event_merged_into ON event (merged_into) WHERE merged_into IS NOT NULL;

-- The time line: steps are added, never changed. It names accounts, people and organisations as they were. That
-- there is an event to each step, and stays, triggers see to, a statement at a time: foreign keys, which look row
-- by row, took a third of the time of intake.
CREATE TABLE event_step (
    id bigint GENERATED ALWAYS AS IDENTITY,
    event_id bigint NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    verb text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    worker_id bigint,
    organisation_id bigint,
    note text DEFAULT '' NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT pk_event_step PRIMARY KEY (id)
);
CREATE INDEX ix_event_step_event_id ON event_step (event_id);
CREATE INDEX ix_event_step_at ON event_step USING brin (at);

CREATE FUNCTION event_step_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
        MESSAGE = 'the steps of events are append-only: no ' || TG_OP;
END $$;
CREATE TRIGGER keep BEFORE UPDATE OR DELETE OR TRUNCATE ON event_step
FOR EACH STATEMENT EXECUTE FUNCTION event_step_refuse();

-- What the job process still has to look at: duplicates of new events, warnings of those under way. Whoever
-- writes a step need not know of it.
CREATE TABLE event_watch (
    event_id bigint NOT NULL,
    started_at timestamptz NOT NULL,
    compared boolean DEFAULT false NOT NULL,
    share smallint DEFAULT 0 NOT NULL,
    next_at timestamptz DEFAULT '-infinity' NOT NULL,
    CONSTRAINT pk_event_watch PRIMARY KEY (event_id)
);
CREATE INDEX ix_event_watch_next_at ON event_watch (next_at);

CREATE FUNCTION watch_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows AS s LEFT JOIN event AS e ON e.id = s.event_id WHERE e.id IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'a step is of no event';
    END IF;
    INSERT INTO event_watch AS w (event_id, started_at)
    SELECT DISTINCT ON (event_id) event_id, at
    FROM new_rows
    WHERE from_state IS DISTINCT FROM to_state OR verb = 'redispatch'
    ORDER BY event_id, id DESC
    ON CONFLICT (event_id) DO UPDATE SET started_at = excluded.started_at, share = 0, next_at = '-infinity';
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION watch_events() FROM PUBLIC;
CREATE TRIGGER watch AFTER INSERT ON event_step REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION watch_events();

CREATE FUNCTION keep_events_with_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM old_rows AS e JOIN event_step AS s ON s.event_id = e.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = 'an event with steps stays';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION keep_events_with_steps() FROM PUBLIC;
CREATE TRIGGER keep_with_steps AFTER DELETE ON event REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION keep_events_with_steps();

CREATE TABLE event_warning (
    id bigint GENERATED ALWAYS AS IDENTITY,
    event_id bigint NOT NULL,
    state text NOT NULL,
    due_at timestamptz NOT NULL,
    share smallint NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_event_warning PRIMARY KEY (id),
    CONSTRAINT uq_event_warning_event_id_state_due_at_share UNIQUE (event_id, state, due_at, share),
    CONSTRAINT fk_event_warning_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE
);

-- Two events that may be one: the later by number first. What a person said of them is kept.
CREATE TABLE event_link (
    event_id bigint NOT NULL,
    other_id bigint NOT NULL,
    score double precision NOT NULL,
    reasons jsonb NOT NULL,
    status text DEFAULT 'proposed' NOT NULL,
    decided_by bigint,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_event_link PRIMARY KEY (event_id, other_id),
    CONSTRAINT ck_event_link_order CHECK (other_id < event_id),
    CONSTRAINT ck_event_link_status CHECK (status IN ('proposed', 'confirmed', 'refused')),
    CONSTRAINT fk_event_link_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE,
    CONSTRAINT fk_event_link_other_id FOREIGN KEY (other_id) REFERENCES event (id) ON DELETE CASCADE,
    CONSTRAINT fk_event_link_decided_by FOREIGN KEY (decided_by) REFERENCES account (id) ON DELETE SET NULL
);
CREATE INDEX ix_event_link_other_id ON event_link (other_id);

-- Files by the hash of their content; the bytes lie in the store of attachments.
CREATE TABLE attachment (
    digest text NOT NULL,
    bytes bigint NOT NULL,
    media_type text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_attachment PRIMARY KEY (digest),
    CONSTRAINT ck_attachment_digest CHECK (digest ~ '^[0-9a-f]{64}$')
);

CREATE TABLE event_attachment (
    event_id bigint NOT NULL,
    digest text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    step_id bigint,
    added_by bigint,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_event_attachment PRIMARY KEY (event_id, digest),
    CONSTRAINT ck_event_attachment_kind CHECK (kind IN ('photo', 'video', 'audio', 'document')),
    CONSTRAINT fk_event_attachment_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE,
    CONSTRAINT fk_event_attachment_digest FOREIGN KEY (digest) REFERENCES attachment (digest),
    CONSTRAINT fk_event_attachment_step_id FOREIGN KEY (step_id) REFERENCES event_step (id),
    CONSTRAINT fk_event_attachment_added_by FOREIGN KEY (added_by) REFERENCES account (id) ON DELETE SET NULL
);
CREATE INDEX ix_event_attachment_digest ON event_attachment (digest);
CREATE INDEX ix_event_attachment_added_by_at ON event_attachment (added_by, at);

-- The working calendar: hours of a week, and the days that are otherwise (holidays, make-up working days).
CREATE TABLE working_hours (
    weekday smallint NOT NULL,
    opens time NOT NULL,
    closes time NOT NULL,
    CONSTRAINT pk_working_hours PRIMARY KEY (weekday, opens),
    CONSTRAINT ck_working_hours_weekday CHECK (weekday BETWEEN 1 AND 7),
    CONSTRAINT ck_working_hours_order CHECK (opens < closes)
);
INSERT INTO working_hours
SELECT weekday, opens, closes
FROM generate_series(1, 5) AS weekday,
     (VALUES ('08:30'::time, '12:00'::time), ('13:30'::time, '18:00'::time)) AS h (opens, closes);

CREATE TABLE working_day (
    day date NOT NULL,
    working boolean NOT NULL,
    name text NOT NULL,
    CONSTRAINT pk_working_day PRIMARY KEY (day)
);

CREATE TABLE deadline_rule (
    id bigint GENERATED ALWAYS AS IDENTITY,
    category text,
    urgency text,
    stage text NOT NULL,
    minutes integer NOT NULL,
    clock text DEFAULT 'working' NOT NULL,
    warnings smallint[] DEFAULT '{50,80,100}' NOT NULL,
    CONSTRAINT pk_deadline_rule PRIMARY KEY (id),
    CONSTRAINT uq_deadline_rule_category_urgency_stage UNIQUE NULLS NOT DISTINCT (category, urgency, stage),
    CONSTRAINT ck_deadline_rule_stage CHECK (
        stage IN ('accept', 'file', 'dispatch', 'handle', 'verify', 'close')),
    CONSTRAINT ck_deadline_rule_urgency CHECK (urgency IN ('ordinary', 'urgent', 'critical')),
    CONSTRAINT ck_deadline_rule_clock CHECK (clock IN ('working', 'always')),
    CONSTRAINT ck_deadline_rule_minutes CHECK (minutes BETWEEN 1 AND 5256000),
    CONSTRAINT ck_deadline_rule_warnings CHECK (1 <= ALL (warnings) AND 100 >= ALL (warnings))
);
-- A start that every city changes: minutes on the working clock, urgent ones by day and night.
INSERT INTO deadline_rule (urgency, stage, minutes, clock) VALUES
(NULL, 'accept', 30, 'working'), (NULL, 'file', 30, 'working'), (NULL, 'dispatch', 60, 'working'),
(NULL, 'handle', 1440, 'working'), (NULL, 'verify', 240, 'working'), (NULL, 'close', 120, 'working'),
('urgent', 'accept', 15, 'always'), ('urgent', 'file', 15, 'always'), ('urgent', 'dispatch', 15, 'always'),
('urgent', 'handle', 480, 'always'), ('urgent', 'verify', 240, 'always'), ('urgent', 'close', 240, 'always'),
('critical', 'accept', 5, 'always'), ('critical', 'file', 5, 'always'), ('critical', 'dispatch', 5, 'always'),
('critical', 'handle', 120, 'always'), ('critical', 'verify', 60, 'always'), ('critical', 'close', 60, 'always');

-- Numbers of events begin anew each day: what the sequence gave, less what it stood at when the day began. A
-- sequence makes nobody wait; a counter in a row would hold up everybody behind one large batch.
CREATE SEQUENCE event_no;
CREATE TABLE event_number (
    day date NOT NULL,
    base bigint NOT NULL,
    CONSTRAINT pk_event_number PRIMARY KEY (day)
);

CREATE FUNCTION event_numbers(today date, wanted integer) RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
DECLARE
    begun bigint := (SELECT base FROM event_number WHERE day = today);
BEGIN
    IF begun IS NULL THEN
        INSERT INTO event_number VALUES (today, nextval('event_no')) ON CONFLICT DO NOTHING;
        begun := (SELECT base FROM event_number WHERE day = today);
    END IF;
    RETURN QUERY
    SELECT to_char(today, 'YYYYMMDD') || CASE WHEN n < 1000000 THEN lpad(n::text, 6, '0') ELSE n::text END
    FROM (SELECT nextval('event_no') - begun AS n FROM generate_series(1, wanted)) AS drawn;
END $$;

DROP VIEW events;
CREATE VIEW events WITH (security_invoker = true) AS
SELECT e.id, e.no, e.category, m.name AS category_name, e.title, e.state, e.source, e.address,
       e.occurred_at, e.reported_at, e.closed_at, e.unit_code, e.ruling, o.name AS organisation,
       e.generated, e.urgency, e.accepted_at, e.filed_at, e.dispatched_at, e.handled_at, e.verified_at,
       e.due_at, e.handle_due_at, e.close_due_at, e.handled_on_time, e.returned_count, e.redispatched_count,
       e.escalated_level, e.supervised, e.disputed, e.valid, e.geom
FROM event AS e
JOIN matter AS m ON m.code = e.category
LEFT JOIN organisation AS o ON o.id = e.organisation_id;
