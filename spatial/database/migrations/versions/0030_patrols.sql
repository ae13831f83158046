-- What is to be patrolled, when it is due, and what was done of it.

-- A plan of points, lines or areas. Its window is of the city's clock; one that ends before it begins ends the next day.
CREATE TABLE patrol_plan (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    kind text NOT NULL,
    unit_code text COLLATE "C",
    organisation_id bigint,
    valid_from date NOT NULL,
    valid_until date,
    starts time NOT NULL,
    ends time NOT NULL,
    period text DEFAULT 'day' NOT NULL,
    days text DEFAULT 'all' NOT NULL,
    weekdays smallint[] DEFAULT '{1,2,3,4,5,6,7}' NOT NULL,
    every smallint DEFAULT 1 NOT NULL,
    rounds smallint DEFAULT 1 NOT NULL,
    together boolean DEFAULT false NOT NULL,
    rules jsonb DEFAULT '{}'::jsonb NOT NULL,
    note text DEFAULT '' NOT NULL,
    retired_at timestamptz,
    edition integer DEFAULT 1 NOT NULL,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    since timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_patrol_plan PRIMARY KEY (id),
    CONSTRAINT fk_patrol_plan_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_patrol_plan_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_patrol_plan_kind CHECK (kind IN ('points', 'lines', 'areas')),
    CONSTRAINT ck_patrol_plan_period CHECK (period IN ('day', 'week', 'month')),
    CONSTRAINT ck_patrol_plan_days CHECK (days IN ('all', 'working', 'off')),
    CONSTRAINT ck_patrol_plan_weekdays CHECK (cardinality(weekdays) BETWEEN 1 AND 7 AND 1 <= ALL (weekdays)
                                              AND 7 >= ALL (weekdays)),
    CONSTRAINT ck_patrol_plan_every CHECK (every BETWEEN 1 AND 366),
    CONSTRAINT ck_patrol_plan_rounds CHECK (rounds BETWEEN 1 AND 96),
    CONSTRAINT ck_patrol_plan_valid CHECK (valid_until >= valid_from)
);
CREATE INDEX ix_patrol_plan_unit_code ON patrol_plan (unit_code);
CREATE INDEX ix_patrol_plan_organisation_id ON patrol_plan (organisation_id);

-- Past patrols are judged by the targets that there were then: those of the editions [since, until).
CREATE TABLE patrol_target (
    id bigint GENERATED ALWAYS AS IDENTITY,
    plan_id bigint NOT NULL,
    seq integer NOT NULL,
    name text DEFAULT '' NOT NULL,
    geom geometry(GEOMETRY,4326) NOT NULL,
    radius_m double precision DEFAULT 20 NOT NULL,
    dwell_s double precision DEFAULT 0 NOT NULL,
    buffer_m double precision DEFAULT 15 NOT NULL,
    directed boolean DEFAULT false NOT NULL,
    cell_m double precision DEFAULT 50 NOT NULL,
    revisit_s double precision DEFAULT 0 NOT NULL,
    weight double precision DEFAULT 1 NOT NULL,
    place_id bigint,
    component_id bigint,
    since_edition integer DEFAULT 1 NOT NULL,
    until_edition integer,
    CONSTRAINT pk_patrol_target PRIMARY KEY (id),
    CONSTRAINT uq_patrol_target_plan_id_since_edition_seq UNIQUE (plan_id, since_edition, seq),
    CONSTRAINT fk_patrol_target_plan_id FOREIGN KEY (plan_id) REFERENCES patrol_plan (id) ON DELETE CASCADE,
    CONSTRAINT fk_patrol_target_place_id FOREIGN KEY (place_id) REFERENCES place (id) ON DELETE SET NULL,
    CONSTRAINT fk_patrol_target_component_id FOREIGN KEY (component_id) REFERENCES component (id) ON DELETE SET NULL,
    CONSTRAINT ck_patrol_target_thing CHECK (num_nonnulls(place_id, component_id) <= 1),
    CONSTRAINT ck_patrol_target_measures CHECK (radius_m BETWEEN 1 AND 1000 AND dwell_s BETWEEN 0 AND 86400
        AND buffer_m BETWEEN 1 AND 200 AND cell_m BETWEEN 10 AND 1000 AND revisit_s BETWEEN 0 AND 2678400
        AND weight > 0 AND weight <= 1000)
);
CREATE INDEX ix_patrol_target_geom ON patrol_target USING gist (geom);
CREATE INDEX ix_patrol_target_place_id ON patrol_target (place_id);
CREATE INDEX ix_patrol_target_component_id ON patrol_target (component_id);

-- Who patrols: a mover, or everybody of an organisation, of a unit, or of both.
CREATE TABLE patrol_member (
    id bigint GENERATED ALWAYS AS IDENTITY,
    plan_id bigint NOT NULL,
    mover_id bigint,
    organisation_id bigint,
    unit_code text COLLATE "C",
    since timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_patrol_member PRIMARY KEY (id),
    CONSTRAINT fk_patrol_member_plan_id FOREIGN KEY (plan_id) REFERENCES patrol_plan (id) ON DELETE CASCADE,
    CONSTRAINT fk_patrol_member_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT fk_patrol_member_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT ck_patrol_member_who CHECK ((mover_id IS NULL) = (num_nonnulls(organisation_id, unit_code) > 0))
);
CREATE INDEX ix_patrol_member_plan_id ON patrol_member (plan_id);
CREATE INDEX ix_patrol_member_mover_id ON patrol_member (mover_id);

-- One time that a plan is to be done, by one mover or, where mover_id is null, by all of `movers` together.
CREATE TABLE patrol_due (
    id bigint GENERATED ALWAYS AS IDENTITY,
    plan_id bigint NOT NULL,
    mover_id bigint,
    movers bigint[] NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    edition integer NOT NULL,
    rules jsonb NOT NULL,
    closed_at timestamptz,
    tries smallint DEFAULT 0 NOT NULL,
    try_at timestamptz,
    CONSTRAINT pk_patrol_due PRIMARY KEY (id),
    CONSTRAINT uq_patrol_due_plan_id_mover_id_starts_at UNIQUE NULLS NOT DISTINCT (plan_id, mover_id, starts_at),
    CONSTRAINT fk_patrol_due_plan_id FOREIGN KEY (plan_id) REFERENCES patrol_plan (id) ON DELETE CASCADE,
    CONSTRAINT fk_patrol_due_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT ck_patrol_due_window CHECK (ends_at > starts_at)
);
CREATE INDEX ix_patrol_due_movers ON patrol_due USING gin (movers);
CREATE INDEX ix_patrol_due_mover_id ON patrol_due (mover_id);
CREATE INDEX ix_patrol_due_starts_at ON patrol_due (starts_at);
CREATE INDEX ix_patrol_due_open ON patrol_due (ends_at) WHERE closed_at IS NULL;

-- What the track of one mover on one day says of one target; results are put together of these.
CREATE TABLE patrol_part (
    due_id bigint NOT NULL,
    target_id bigint NOT NULL,
    mover_id bigint NOT NULL,
    day date NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT pk_patrol_part PRIMARY KEY (due_id, target_id, mover_id, day),
    CONSTRAINT fk_patrol_part_due_id FOREIGN KEY (due_id) REFERENCES patrol_due (id) ON DELETE CASCADE,
    CONSTRAINT fk_patrol_part_target_id FOREIGN KEY (target_id) REFERENCES patrol_target (id) ON DELETE CASCADE
);
CREATE INDEX ix_patrol_part_target_id ON patrol_part (target_id);

CREATE TABLE patrol_result (
    due_id bigint NOT NULL,
    word text NOT NULL,
    reason text DEFAULT '' NOT NULL,
    ratio double precision NOT NULL,
    probability double precision NOT NULL,
    false_accusation_rate double precision,
    missed_rate double precision,
    figures jsonb NOT NULL,
    targets jsonb NOT NULL,
    code integer NOT NULL,
    computed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_patrol_result PRIMARY KEY (due_id),
    CONSTRAINT fk_patrol_result_due_id FOREIGN KEY (due_id) REFERENCES patrol_due (id) ON DELETE CASCADE,
    CONSTRAINT ck_patrol_result_word CHECK (word IN ('open', 'done', 'partly', 'missed', 'cannot_tell'))
);
-- Judged while fixes still waited to be graded: it is judged again once they are.
CREATE INDEX ix_patrol_result_not_graded ON patrol_result (due_id) WHERE reason = 'not_graded';

-- Where something of a target was missed.
CREATE TABLE patrol_missed (
    id bigint GENERATED ALWAYS AS IDENTITY,
    due_id bigint NOT NULL,
    target_id bigint NOT NULL,
    word text NOT NULL,
    geom geometry(GEOMETRY,4326) NOT NULL,
    CONSTRAINT pk_patrol_missed PRIMARY KEY (id),
    CONSTRAINT uq_patrol_missed_due_id_target_id UNIQUE (due_id, target_id),
    CONSTRAINT fk_patrol_missed_due_id FOREIGN KEY (due_id) REFERENCES patrol_due (id) ON DELETE CASCADE,
    CONSTRAINT fk_patrol_missed_target_id FOREIGN KEY (target_id) REFERENCES patrol_target (id) ON DELETE CASCADE
);
CREATE INDEX ix_patrol_missed_geom ON patrol_missed USING gist (geom);
CREATE INDEX ix_patrol_missed_target_id ON patrol_missed (target_id);

-- What was missed of patrols that are over, for the map.
CREATE VIEW missed_patrols WITH (security_invoker = true) AS
SELECT m.id, m.due_id, d.plan_id, p.name AS plan, p.kind, t.name AS target, m.word, p.unit_code, d.mover_id, d.starts_at,
       d.ends_at, m.geom
FROM patrol_missed AS m
JOIN patrol_due AS d ON d.id = m.due_id
JOIN patrol_plan AS p ON p.id = d.plan_id
JOIN patrol_target AS t ON t.id = m.target_id
WHERE m.word IN ('missed', 'partly', 'cannot_tell');

-- What somebody on patrol found at a place, a component or a pipe.
CREATE TABLE patrol_record (
    id bigint GENERATED ALWAYS AS IDENTITY,
    place_id bigint,
    component_id bigint,
    link_id bigint,
    mover_id bigint,
    result text NOT NULL,
    note text DEFAULT '' NOT NULL,
    stood geometry(POINT,4326),
    distance_m double precision,
    at timestamptz NOT NULL,
    account_id bigint,
    username text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_patrol_record PRIMARY KEY (id),
    CONSTRAINT fk_patrol_record_place_id FOREIGN KEY (place_id) REFERENCES place (id) ON DELETE CASCADE,
    CONSTRAINT fk_patrol_record_component_id FOREIGN KEY (component_id) REFERENCES component (id) ON DELETE CASCADE,
    CONSTRAINT fk_patrol_record_link_id FOREIGN KEY (link_id) REFERENCES network_link (id) ON DELETE CASCADE,
    CONSTRAINT fk_patrol_record_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE SET NULL,
    CONSTRAINT ck_patrol_record_thing CHECK (num_nonnulls(place_id, component_id, link_id) = 1),
    CONSTRAINT ck_patrol_record_result CHECK (result IN ('normal', 'abnormal', 'no_access'))
);
CREATE INDEX ix_patrol_record_place_id ON patrol_record (place_id, at);
CREATE INDEX ix_patrol_record_component_id ON patrol_record (component_id, at);
CREATE INDEX ix_patrol_record_link_id ON patrol_record (link_id, at);
CREATE INDEX ix_patrol_record_mover_id ON patrol_record (mover_id, at);

-- How scores are added up; what is in `parts` is explained in spatial.patrols.sheets.scores.
CREATE TABLE score_rule (
    name text NOT NULL,
    title text NOT NULL,
    title_en text DEFAULT '' NOT NULL,
    parts jsonb NOT NULL,
    words jsonb NOT NULL,
    changed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_score_rule PRIMARY KEY (name),
    CONSTRAINT ck_score_rule_name CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$')
);
INSERT INTO score_rule (name, title, title_en, parts, words) VALUES
    ('patrol', '巡查考核', 'Patrol score',
     '{"compliance": {"weight": 60}, "attendance": {"weight": 25}, "mileage": {"weight": 15, "full_at": 5000}}',
     '{"done": 1, "partly": "ratio", "missed": 0, "cannot_tell": null, "no_fixes": null}');
