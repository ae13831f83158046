-- Alarms (报警) of telemetry. A rule is data with its legal basis; each of its editions is kept, for an alarm is judged
-- by the edition that raised it.
CREATE TABLE alarm_rule (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    organisation_id bigint,
    name text NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    legal_basis text NOT NULL,
    rule jsonb NOT NULL,
    datastream_ids bigint[] DEFAULT '{}' NOT NULL,
    observed_property text,
    network_id bigint,
    transport_s double precision DEFAULT 60 NOT NULL,
    edition bigint DEFAULT 1 NOT NULL,
    must_match boolean DEFAULT true NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    created_by text NOT NULL,
    changed_at timestamptz DEFAULT now() NOT NULL,
    changed_by text NOT NULL,
    CONSTRAINT pk_alarm_rule PRIMARY KEY (id),
    CONSTRAINT fk_alarm_rule_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_alarm_rule_network_id FOREIGN KEY (network_id) REFERENCES network (id) ON DELETE CASCADE,
    CONSTRAINT ck_alarm_rule_legal_basis CHECK (legal_basis ~ '\S'),
    CONSTRAINT ck_alarm_rule_transport_s CHECK (transport_s >= 0)
);
CREATE INDEX ix_alarm_rule_organisation_id ON alarm_rule (organisation_id);
CREATE INDEX ix_alarm_rule_network_id ON alarm_rule (network_id);

CREATE TABLE alarm_rule_edition (
    rule_id bigint NOT NULL,
    edition bigint NOT NULL,
    name text NOT NULL,
    legal_basis text NOT NULL,
    rule jsonb NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    username text NOT NULL,
    CONSTRAINT pk_alarm_rule_edition PRIMARY KEY (rule_id, edition),
    CONSTRAINT fk_alarm_rule_edition_rule_id FOREIGN KEY (rule_id) REFERENCES alarm_rule (id) ON DELETE CASCADE
);

-- One row a condition: a rule over the channel it is of. state: the machine's own text, for a restart goes on to the bit.
-- wake_at: when it moves without a value.
CREATE TABLE alarm_state (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    rule_id bigint NOT NULL,
    rule_edition bigint NOT NULL,
    datastream_id bigint NOT NULL,
    state text NOT NULL,
    wake_at timestamptz,
    refused jsonb DEFAULT '{}'::jsonb NOT NULL,
    began_at timestamptz NOT NULL,
    CONSTRAINT pk_alarm_state PRIMARY KEY (id),
    CONSTRAINT uq_alarm_state_rule_id_datastream_id UNIQUE (rule_id, datastream_id),
    CONSTRAINT fk_alarm_state_rule_id FOREIGN KEY (rule_id) REFERENCES alarm_rule (id) ON DELETE CASCADE,
    CONSTRAINT fk_alarm_state_datastream_id FOREIGN KEY (datastream_id) REFERENCES datastream (id) ON DELETE CASCADE
);
CREATE INDEX ix_alarm_state_datastream_id ON alarm_state (datastream_id);
CREATE INDEX ix_alarm_state_wake_at ON alarm_state (wake_at);

-- Which channels speak for a condition; for which of its inputs, says its rule.
CREATE TABLE alarm_sensor (
    state_id bigint NOT NULL,
    datastream_id bigint NOT NULL,
    CONSTRAINT pk_alarm_sensor PRIMARY KEY (state_id, datastream_id),
    CONSTRAINT fk_alarm_sensor_state_id FOREIGN KEY (state_id) REFERENCES alarm_state (id) ON DELETE CASCADE,
    CONSTRAINT fk_alarm_sensor_datastream_id FOREIGN KEY (datastream_id) REFERENCES datastream (id) ON DELETE CASCADE
);
CREATE INDEX ix_alarm_sensor_datastream_id ON alarm_sensor (datastream_id);

-- Values that came and have not been looked at, in the order in which they came. They are taken out in the
-- transaction that keeps what came of them: each counts once, whoever dies when. A mark by number or time would pass
-- over whatever is committed after a later one.
CREATE TABLE alarm_feed (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    datastream_id bigint NOT NULL,
    at timestamptz NOT NULL,
    arrived_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    value double precision NOT NULL,
    CONSTRAINT pk_alarm_feed PRIMARY KEY (id)
);

-- One row an occurrence. It stands by itself: rule, channel and station may be gone when it is asked for.
CREATE TABLE alarm (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    organisation_id bigint,
    state_id bigint,
    occurrence bigint NOT NULL,
    rule_id bigint,
    rule_edition bigint NOT NULL,
    rule_name text NOT NULL,
    legal_basis text NOT NULL,
    is_technical boolean NOT NULL,
    datastream_id bigint,
    thing_id bigint,
    network_id bigint,
    feature_code text,
    state text NOT NULL,
    level smallint NOT NULL,
    highest_level smallint NOT NULL,
    value double precision,
    reason text DEFAULT '' NOT NULL,
    raised_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    returned_at timestamptz,
    shelved_until timestamptz,
    closed_at timestamptz,
    edition bigint DEFAULT 1 NOT NULL,
    CONSTRAINT pk_alarm PRIMARY KEY (id),
    CONSTRAINT uq_alarm_state_id_occurrence UNIQUE (state_id, occurrence),
    CONSTRAINT fk_alarm_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_alarm_state_id FOREIGN KEY (state_id) REFERENCES alarm_state (id) ON DELETE SET NULL,
    CONSTRAINT fk_alarm_rule_id FOREIGN KEY (rule_id) REFERENCES alarm_rule (id) ON DELETE SET NULL,
    CONSTRAINT fk_alarm_datastream_id FOREIGN KEY (datastream_id) REFERENCES datastream (id) ON DELETE SET NULL,
    CONSTRAINT fk_alarm_thing_id FOREIGN KEY (thing_id) REFERENCES thing (id) ON DELETE SET NULL,
    CONSTRAINT fk_alarm_network_id FOREIGN KEY (network_id) REFERENCES network (id) ON DELETE SET NULL,
    CONSTRAINT ck_alarm_level CHECK (level BETWEEN 1 AND 4 AND highest_level BETWEEN 1 AND level),
    CONSTRAINT ck_alarm_state CHECK (state IN ('normal', 'unacknowledged', 'acknowledged', 'returned', 'latched',
                                               'shelved', 'suppressed', 'out_of_service'))
);
CREATE INDEX ix_alarm_level_raised_at_id ON alarm (level, raised_at, id);
CREATE INDEX ix_alarm_open ON alarm (level, raised_at, id) WHERE closed_at IS NULL;
CREATE INDEX ix_alarm_organisation_id ON alarm (organisation_id);
CREATE INDEX ix_alarm_rule_id ON alarm (rule_id);
CREATE INDEX ix_alarm_datastream_id ON alarm (datastream_id);
CREATE INDEX ix_alarm_thing_id ON alarm (thing_id);
CREATE INDEX ix_alarm_network_id ON alarm (network_id);

-- What became of an alarm, step by step: added, never changed. at: when it was so; noted_at: when it was found out, or
-- when somebody did it.
CREATE TABLE alarm_transition (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    alarm_id bigint NOT NULL,
    at timestamptz NOT NULL,
    noted_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    event text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    level smallint,
    value double precision,
    username text DEFAULT '' NOT NULL,
    reason text DEFAULT '' NOT NULL,
    CONSTRAINT pk_alarm_transition PRIMARY KEY (id),
    CONSTRAINT fk_alarm_transition_alarm_id FOREIGN KEY (alarm_id) REFERENCES alarm (id)
);
CREATE INDEX ix_alarm_transition_alarm_id ON alarm_transition (alarm_id);

-- Whatever way a value comes in, the alarms hear of it; of channels that no rule watches nothing is written down.
CREATE FUNCTION alarm_hears() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    INSERT INTO alarm_feed (datastream_id, at, value)
    SELECT a.datastream_id, a.phenomenon_time, a.result FROM added AS a
    WHERE a.result IS NOT NULL
      AND EXISTS (SELECT FROM alarm_sensor AS s WHERE s.datastream_id = a.datastream_id)
    ORDER BY a.phenomenon_time, a.datastream_id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION alarm_hears() FROM PUBLIC;
CREATE TRIGGER heard AFTER INSERT ON observation REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION alarm_hears();

-- What nothing watches any more (the channel or rule is gone, or the rule is another one's now) stands no longer.
CREATE FUNCTION alarm_state_goes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    WITH gone AS (
        UPDATE alarm AS a SET closed_at = now(), state = 'normal', shelved_until = NULL, edition = a.edition + 1
        FROM alarm AS was
        WHERE a.state_id = OLD.id AND a.closed_at IS NULL AND was.id = a.id
        RETURNING a.id, was.state
    )
    INSERT INTO alarm_transition (alarm_id, at, event, before, after)
    SELECT gone.id, now(), 'withdrawn', gone.state, 'normal' FROM gone;
    RETURN OLD;
END $$;
REVOKE ALL ON FUNCTION alarm_state_goes() FROM PUBLIC;
CREATE TRIGGER goes BEFORE DELETE ON alarm_state FOR EACH ROW EXECUTE FUNCTION alarm_state_goes();
