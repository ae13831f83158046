-- Dispatch: duty lines with times, skills and places of their own, their past and their drafts; why an event
-- went where it went; and what is disputed.

-- A line of the duty list is in force for a time in the city (valid); what it said before stands in duty_past.
ALTER TABLE duty
    ADD COLUMN coverage text DEFAULT 'grids' NOT NULL,
    ADD COLUMN area geometry(MULTIPOLYGON,4326),
    ADD COLUMN anybody boolean DEFAULT false NOT NULL,
    ADD COLUMN skills text[] DEFAULT '{}' NOT NULL,
    ADD COLUMN hours text,
    ADD COLUMN valid tstzrange DEFAULT tstzrange(NULL, NULL) NOT NULL,
    ADD COLUMN basis text,
    ADD COLUMN dispute_id bigint,
    ADD COLUMN edition integer DEFAULT 1 NOT NULL,
    ADD COLUMN since timestamp with time zone DEFAULT now() NOT NULL,
    ADD CONSTRAINT fk_duty_coverage FOREIGN KEY (coverage) REFERENCES coverage (name),
    ADD CONSTRAINT ck_duty_anybody CHECK (NOT anybody OR worker_id IS NULL);
CREATE INDEX ix_duty_organisation_id ON duty (organisation_id);
CREATE INDEX ix_duty_worker_id ON duty (worker_id);

CREATE TABLE duty_past (
    id bigint NOT NULL,
    edition integer NOT NULL,
    unit_code text COLLATE "C" NOT NULL,
    category text,
    organisation_id bigint NOT NULL,
    worker_id bigint,
    rank smallint NOT NULL,
    generated boolean NOT NULL,
    coverage text NOT NULL,
    area geometry(MULTIPOLYGON,4326),
    anybody boolean NOT NULL,
    skills text[] NOT NULL,
    hours text,
    valid tstzrange NOT NULL,
    basis text,
    dispute_id bigint,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT pk_duty_past PRIMARY KEY (id, edition)
);
CREATE INDEX ix_duty_past_until ON duty_past (until);

-- Whoever changes a line leaves what it said behind: readers cannot write there themselves.
CREATE FUNCTION keep_duty_past() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, public, pg_temp AS $$
DECLARE
    -- Not the beginning of the transaction: a line may have been committed by others after that.
    moment timestamptz := clock_timestamp();
    mine boolean := old.xmin = pg_current_xact_id()::xid;
BEGIN
    -- A line that is changed twice in a transaction was never seen in between.
    IF NOT mine THEN
        INSERT INTO duty_past (id, edition, unit_code, category, organisation_id, worker_id, rank, generated,
                               coverage, area, anybody, skills, hours, valid, basis, dispute_id, since, until)
        VALUES (old.id, old.edition, old.unit_code, old.category, old.organisation_id, old.worker_id, old.rank,
                old.generated, old.coverage, old.area, old.anybody, old.skills, old.hours, old.valid, old.basis,
                old.dispute_id, old.since, moment);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN old;
    END IF;
    new.edition := old.edition + 1;
    new.since := CASE WHEN mine THEN old.since ELSE moment END;
    RETURN new;
END $$;

CREATE TRIGGER keep_past BEFORE UPDATE OR DELETE ON duty
FOR EACH ROW EXECUTE FUNCTION keep_duty_past();

-- What a duty list is to become: a named list of changes, to be compared and applied.
CREATE TABLE duty_draft (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    title text DEFAULT '' NOT NULL,
    unit_code text COLLATE "C",
    account_id bigint,
    username text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_at timestamp with time zone,
    CONSTRAINT pk_duty_draft PRIMARY KEY (id),
    CONSTRAINT uq_duty_draft_unit_code_name UNIQUE NULLS NOT DISTINCT (unit_code, name),
    CONSTRAINT fk_duty_draft_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);

CREATE TABLE duty_draft_change (
    draft_id bigint NOT NULL,
    seq integer NOT NULL,
    verb text NOT NULL,
    duty_id bigint,
    edition integer,
    line jsonb,
    CONSTRAINT pk_duty_draft_change PRIMARY KEY (draft_id, seq),
    CONSTRAINT fk_duty_draft_change_draft_id FOREIGN KEY (draft_id) REFERENCES duty_draft (id) ON DELETE CASCADE,
    CONSTRAINT ck_duty_draft_change_verb CHECK (
        CASE verb WHEN 'add' THEN duty_id IS NULL AND line IS NOT NULL
                  WHEN 'change' THEN duty_id IS NOT NULL AND line IS NOT NULL
                  WHEN 'remove' THEN duty_id IS NOT NULL AND line IS NULL ELSE false END)
);

-- Why an event went where it went: facts and keys, from which the words are made. One row a decision.
CREATE TABLE explanation (
    id bigint GENERATED ALWAYS AS IDENTITY,
    event_id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    organisation_id bigint,
    worker_id bigint,
    body jsonb NOT NULL,
    CONSTRAINT pk_explanation PRIMARY KEY (id),
    CONSTRAINT fk_explanation_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE
);
CREATE INDEX ix_explanation_event_id ON explanation (event_id);

-- When is a responsibility disputed without anybody saying so? By class of matter; null: every other.
CREATE TABLE dispute_rule (
    id bigint GENERATED ALWAYS AS IDENTITY,
    category text,
    returns smallint,
    border_m double precision,
    CONSTRAINT pk_dispute_rule PRIMARY KEY (id),
    CONSTRAINT uq_dispute_rule_category UNIQUE NULLS NOT DISTINCT (category),
    CONSTRAINT ck_dispute_rule_returns CHECK (returns > 0),
    CONSTRAINT ck_dispute_rule_border_m CHECK (border_m >= 0 AND border_m <= 1000)
);
INSERT INTO dispute_rule (category, returns, border_m) VALUES (NULL, 2, NULL);

CREATE TABLE dispute (
    id bigint GENERATED ALWAYS AS IDENTITY,
    event_id bigint NOT NULL,
    state text DEFAULT 'open' NOT NULL,
    raised_by text NOT NULL,
    reason text NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL,
    account_id bigint,
    username text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    ruled_at timestamp with time zone,
    ruled_by bigint,
    ruled_username text,
    scope text,
    organisation_id bigint,
    worker_id bigint,
    ruling_reason text,
    duty_id bigint,
    CONSTRAINT pk_dispute PRIMARY KEY (id),
    CONSTRAINT ck_dispute_state CHECK (state IN ('open', 'ruled', 'withdrawn')),
    CONSTRAINT ck_dispute_raised_by CHECK (raised_by IN ('hand', 'returns', 'border')),
    CONSTRAINT ck_dispute_scope CHECK (scope IN ('event', 'place', 'unit')),
    CONSTRAINT ck_dispute_ruled CHECK (
        (state = 'ruled') = (num_nonnulls(scope, organisation_id, ruling_reason) = 3)),
    CONSTRAINT fk_dispute_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE CASCADE,
    CONSTRAINT fk_dispute_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT fk_dispute_ruled_by FOREIGN KEY (ruled_by) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT fk_dispute_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_dispute_worker_id FOREIGN KEY (worker_id) REFERENCES worker (id)
);
CREATE INDEX ix_dispute_event_id ON dispute (event_id);
CREATE UNIQUE INDEX uq_dispute_open ON dispute (event_id) WHERE state = 'open';

ALTER TABLE duty ADD CONSTRAINT fk_duty_dispute_id FOREIGN KEY (dispute_id) REFERENCES dispute (id)
    ON DELETE SET NULL;

-- Which duty list and which borders is it that decisions are made from? Changes with every transaction that
-- changes either, at its end: so nobody waits long for the one row.
CREATE TABLE dispatch_stamp (
    single boolean DEFAULT true NOT NULL,
    stamp bigint NOT NULL,
    CONSTRAINT pk_dispatch_stamp PRIMARY KEY (single),
    CONSTRAINT ck_dispatch_stamp_single CHECK (single)
);
INSERT INTO dispatch_stamp (stamp) VALUES (0);

CREATE FUNCTION renew_dispatch_stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, public, pg_temp AS $$
DECLARE
    mine bigint := pg_current_xact_id()::text::bigint;
BEGIN
    -- Locks of the lock table are given in the order of asking: intake without a pause holds nobody up for good.
    PERFORM pg_advisory_xact_lock(hashtext('citygrid.dispatch_stamp'));
    UPDATE dispatch_stamp SET stamp = mine WHERE stamp <> mine;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER renew_stamp AFTER INSERT OR UPDATE OR DELETE ON duty
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION renew_dispatch_stamp();

CREATE CONSTRAINT TRIGGER renew_stamp AFTER INSERT OR UPDATE OR DELETE ON coverage_version
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION renew_dispatch_stamp();

-- The stamp; held, it stays what it is until the caller's transaction ends.
CREATE FUNCTION dispatch_stamp(held boolean) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, public, pg_temp AS $$
DECLARE
    found_stamp bigint;
BEGIN
    IF held THEN
        PERFORM pg_advisory_xact_lock_shared(hashtext('citygrid.dispatch_stamp'));
    END IF;
    SELECT stamp INTO found_stamp FROM dispatch_stamp;
    RETURN found_stamp;
END $$;
