-- Who signs in and out (签到、签退), and whether duty goes by that or by planned shifts.

ALTER TABLE roster_policy ADD COLUMN duty_by text DEFAULT 'shift' NOT NULL,
    ADD CONSTRAINT ck_roster_policy_duty_by CHECK (duty_by IN ('shift', 'sign_in'));

CREATE TABLE sign (
    id bigint GENERATED ALWAYS AS IDENTITY,
    mover_id bigint NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz DEFAULT now() NOT NULL,
    way text NOT NULL,
    reason text DEFAULT '' NOT NULL,
    lon double precision,
    lat double precision,
    accuracy_m real,
    device_id bigint,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    client_id text,
    CONSTRAINT pk_sign PRIMARY KEY (id),
    CONSTRAINT fk_sign_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT fk_sign_device_id FOREIGN KEY (device_id) REFERENCES device (id) ON DELETE SET NULL,
    CONSTRAINT fk_sign_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_sign_kind CHECK (kind IN ('in', 'out')),
    CONSTRAINT ck_sign_way CHECK (way IN ('self', 'device', 'supervisor')),
    CONSTRAINT ck_sign_reason CHECK (way <> 'supervisor' OR reason <> ''),
    CONSTRAINT ck_sign_place CHECK ((lon IS NULL) = (lat IS NULL) AND (lon IS NOT NULL OR accuracy_m IS NULL))
);
CREATE INDEX ix_sign_mover_id ON sign (mover_id, at);
CREATE INDEX ix_sign_placed ON sign (at) WHERE lon IS NOT NULL;
CREATE INDEX ix_sign_device_id ON sign (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX ix_sign_account_id ON sign (account_id) WHERE account_id IS NOT NULL;
-- The same request makes one sign.
CREATE UNIQUE INDEX uq_sign_mover_id_client_id ON sign (mover_id, client_id) WHERE client_id IS NOT NULL;

-- What was signed stays. Only its place may be forgotten; and who did it, when the account or the device goes.
CREATE FUNCTION sign_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.mover_id, NEW.kind, NEW.at, NEW.received_at, NEW.way, NEW.reason, NEW.username, NEW.client_id)
       IS DISTINCT FROM
       (OLD.mover_id, OLD.kind, OLD.at, OLD.received_at, OLD.way, OLD.reason, OLD.username, OLD.client_id)
       OR NEW.lon IS NOT NULL AND (NEW.lon, NEW.lat, NEW.accuracy_m) IS DISTINCT FROM (OLD.lon, OLD.lat, OLD.accuracy_m)
       OR NEW.account_id IS NOT NULL AND NEW.account_id IS DISTINCT FROM OLD.account_id
       OR NEW.device_id IS NOT NULL AND NEW.device_id IS DISTINCT FROM OLD.device_id THEN
        RAISE EXCEPTION 'what was signed stays as it is' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON sign FOR EACH ROW EXECUTE FUNCTION sign_stays();

-- Roll calls (点名): by which rule, and what became of each.
CREATE TABLE roll_call (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    unit_code text COLLATE "C",
    organisation_id bigint,
    times time[] NOT NULL,
    days text DEFAULT 'all' NOT NULL,
    grace_min integer DEFAULT 10 NOT NULL,
    counts text DEFAULT 'own_grid' NOT NULL,
    retired boolean DEFAULT false NOT NULL,
    edition integer DEFAULT 1 NOT NULL,
    taken_until timestamptz DEFAULT now() NOT NULL,
    next_at timestamptz,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_roll_call PRIMARY KEY (id),
    CONSTRAINT fk_roll_call_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_roll_call_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_roll_call_times CHECK (cardinality(times) BETWEEN 1 AND 24),
    CONSTRAINT ck_roll_call_days CHECK (days IN ('all', 'working', 'off')),
    CONSTRAINT ck_roll_call_grace_min CHECK (grace_min BETWEEN 1 AND 120),
    CONSTRAINT ck_roll_call_counts CHECK (counts IN ('own_grid', 'any_fix', 'sign_in'))
);
CREATE INDEX ix_roll_call_next_at ON roll_call (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX ix_roll_call_unit_code ON roll_call (unit_code);

CREATE TABLE roll_call_result (
    roll_call_id bigint NOT NULL,
    at timestamptz NOT NULL,
    mover_id bigint NOT NULL,
    state text NOT NULL,
    why text NOT NULL,
    first_state text NOT NULL,
    first_why text NOT NULL,
    counts text NOT NULL,
    grace_min integer NOT NULL,
    taken_at timestamptz DEFAULT now() NOT NULL,
    corrected_at timestamptz,
    CONSTRAINT pk_roll_call_result PRIMARY KEY (roll_call_id, at, mover_id),
    CONSTRAINT fk_roll_call_result_roll_call_id FOREIGN KEY (roll_call_id) REFERENCES roll_call (id) ON DELETE CASCADE,
    CONSTRAINT fk_roll_call_result_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT ck_roll_call_result_state CHECK (state IN ('present', 'absent', 'excused', 'unknown_phone'))
);
CREATE INDEX ix_roll_call_result_mover_id ON roll_call_result (mover_id, at);
