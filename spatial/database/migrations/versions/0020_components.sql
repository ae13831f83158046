-- Components: profiles of codes and classes, codes that are never given twice, repairs, what was taken away,
-- counts by grid, class and state, and surveys.
CREATE TABLE component_profile (
    name text NOT NULL,
    title text NOT NULL,
    title_en text NOT NULL,
    standard text NOT NULL,
    form text NOT NULL,
    states jsonb DEFAULT '[]' NOT NULL,
    in_force_from date,
    in_force_until date,
    replaced_by text,
    source text NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_component_profile PRIMARY KEY (name),
    CONSTRAINT ck_component_profile_form CHECK (form ~ '^[1-9](\+[1-9]){3}$'),
    CONSTRAINT fk_component_profile_replaced_by FOREIGN KEY (replaced_by) REFERENCES component_profile (name)
);
CREATE UNIQUE INDEX uq_component_profile_default ON component_profile (is_default) WHERE is_default;

INSERT INTO component_profile (
    name, title, title_en, standard, form, states, in_force_from, in_force_until, replaced_by, source, is_default
) VALUES (
    'gbt47678_5_2026', '城市运行管理服务平台 第5部分：管理部件和事项', 'City operation platform, part 5: components and matters',
    'GB/T 47678.5-2026', '6+2+3+6',
    '[{"key": "intact", "title": "完好", "title_en": "Intact"}, {"key": "damaged", "title": "破损", "title_en": "Damaged"},
      {"key": "missing", "title": "丢失", "title_en": "Missing"}, {"key": "occupied", "title": "占用", "title_en": "Occupied"},
      {"key": "abandoned", "title": "废弃", "title_en": "Abandoned"}, {"key": "removed", "title": "移除", "title_en": "Removed"}]',
    '2026-07-01', NULL, NULL,
    'github.com/Jackyhellolove/city-inspection-ai, which says it took the tables from the standard and that it is in'
    || ' force from 2026-07-01 in place of GB/T 30428.2-2013; one source: check against the standard', true
), (
    'gbt30428_2_2013', '数字化城市管理信息系统 第2部分：管理部件和事件', 'Digital city management, part 2: components and events',
    'GB/T 30428.2-2013', '6+2+2+6',
    '[{"key": "intact", "title": "完好", "title_en": "Intact"}, {"key": "damaged", "title": "破损", "title_en": "Damaged"},
      {"key": "missing", "title": "丢失", "title_en": "Missing"}, {"key": "occupied", "title": "占用", "title_en": "Occupied"}]',
    NULL, '2026-07-01', 'gbt47678_5_2026',
    'the form is that of the standard; its classes are numbered by each city and come by `citygrid components profile`',
    false
);

ALTER TABLE component_class
    ADD COLUMN name_en text,
    ADD COLUMN fields jsonb DEFAULT '{}' NOT NULL;

-- Classes of other profiles, and which class of ours each of them is: by its name, or as somebody decided.
CREATE TABLE component_profile_class (
    profile text NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    class_code text NOT NULL,
    class_name text NOT NULL,
    CONSTRAINT pk_component_profile_class PRIMARY KEY (profile, code),
    CONSTRAINT fk_component_profile_class_profile FOREIGN KEY (profile) REFERENCES component_profile (name)
        ON DELETE CASCADE
);
CREATE TABLE component_mapping (
    profile text NOT NULL,
    code text NOT NULL,
    to_class text NOT NULL,
    score double precision NOT NULL,
    evidence text NOT NULL,
    chosen boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_component_mapping PRIMARY KEY (profile, code, to_class),
    CONSTRAINT ck_component_mapping_score CHECK (score BETWEEN 0 AND 1),
    CONSTRAINT fk_component_mapping_profile_code FOREIGN KEY (profile, code)
        REFERENCES component_profile_class (profile, code) ON DELETE CASCADE,
    CONSTRAINT fk_component_mapping_to_class FOREIGN KEY (to_class) REFERENCES component_class (code)
);
CREATE UNIQUE INDEX uq_component_mapping_chosen ON component_mapping (profile, code) WHERE chosen;
CREATE INDEX ix_component_mapping_to_class ON component_mapping (to_class);

-- Which components a matter is about.
CREATE TABLE component_matter (
    matter text NOT NULL,
    class_code text NOT NULL,
    score double precision NOT NULL,
    evidence text NOT NULL,
    CONSTRAINT pk_component_matter PRIMARY KEY (matter, class_code),
    CONSTRAINT fk_component_matter_matter FOREIGN KEY (matter) REFERENCES matter (code),
    CONSTRAINT fk_component_matter_class_code FOREIGN KEY (class_code) REFERENCES component_class (code)
);

-- The matters of the first five classes are the components themselves with 异常 (something is wrong) behind.
INSERT INTO component_matter (matter, class_code, score, evidence)
SELECT m.code, c.code, 1, 'named ' || c.name || ' + 异常'
FROM matter AS m
JOIN component_class AS c ON m.name = c.name || '异常';
INSERT INTO component_matter (matter, class_code, score, evidence)
SELECT m.code, c.code, g.score, 'named ' || m.name
FROM (VALUES ('06016', '02010', 0.9), ('06017', '04013', 0.8), ('06042', '03005', 0.8),
             ('06042', '03004', 0.7), ('06051', '02034', 0.7), ('06052', '02034', 0.8), ('07003', '03006', 0.9),
             ('07006', '03007', 0.9), ('07008', '03008', 0.5), ('09010', '02025', 0.5), ('09011', '02026', 0.4),
             ('10002', '01030', 0.5), ('10002', '01031', 0.5)) AS g (matter, class_code, score)
JOIN matter AS m ON m.code = g.matter
JOIN component_class AS c ON c.code = g.class_code;

ALTER TABLE component
    DROP CONSTRAINT fk_component_class_code,
    ADD COLUMN profile text DEFAULT 'gbt47678_5_2026' NOT NULL,
    ADD COLUMN manager text,
    ADD COLUMN manager_code text,
    ADD COLUMN owner_code text,
    ADD COLUMN upkeep_code text,
    ADD COLUMN surveyed_on date,
    ADD COLUMN changed_on date,
    ADD COLUMN note text;

-- The last number that was issued to a component of a county and class, whether the component still stands or not.
CREATE TABLE component_sequence (
    prefix text COLLATE "C" NOT NULL,
    last integer NOT NULL,
    CONSTRAINT pk_component_sequence PRIMARY KEY (prefix)
);

-- Codes that a component had before.
CREATE TABLE component_alias (
    code text COLLATE "C" NOT NULL,
    component_id bigint NOT NULL,
    profile text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_component_alias PRIMARY KEY (code),
    CONSTRAINT fk_component_alias_profile FOREIGN KEY (profile) REFERENCES component_profile (name)
);
CREATE INDEX ix_component_alias_component_id ON component_alias (component_id);

-- Repairs outlive the component, so the key is held to it by a trigger, not by a constraint.
CREATE TABLE component_repair (
    id bigint GENERATED ALWAYS AS IDENTITY,
    component_id bigint NOT NULL,
    repaired_at timestamp with time zone NOT NULL,
    what text NOT NULL,
    by_whom text,
    cost_yuan numeric(14, 2),
    event_id bigint,
    account_id bigint DEFAULT nullif(current_setting('citygrid.account', true), '')::bigint,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_component_repair PRIMARY KEY (id),
    CONSTRAINT ck_component_repair_cost CHECK (cost_yuan >= 0),
    CONSTRAINT fk_component_repair_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE SET NULL,
    CONSTRAINT fk_component_repair_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);
CREATE INDEX ix_component_repair_component_id_repaired_at ON component_repair (component_id, repaired_at);
CREATE INDEX ix_component_repair_event_id ON component_repair (event_id);

-- Components that were taken away, as they were.
CREATE TABLE component_retired (
    id bigint NOT NULL,
    code text NOT NULL,
    class_code text NOT NULL,
    unit_code text COLLATE "C",
    organisation_id bigint,
    was jsonb NOT NULL,
    events bigint[] DEFAULT '{}' NOT NULL,
    geom geometry(POINT, 4326) NOT NULL,
    reason text,
    account_id bigint,
    retired_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_component_retired PRIMARY KEY (id),
    CONSTRAINT uq_component_retired_code UNIQUE (code),
    CONSTRAINT fk_component_retired_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id)
        ON DELETE SET NULL,
    CONSTRAINT fk_component_retired_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);
CREATE INDEX ix_component_retired_unit_code ON component_retired (unit_code);

-- How many components stand in a grid, by class and state: each row is what was added in some hour. Rows add up,
-- those up to an hour to what stood then. A change only adds rows, so no two writers wait for each other.
CREATE TABLE component_count (
    id bigint GENERATED ALWAYS AS IDENTITY,
    unit_code text COLLATE "C",
    organisation_id bigint,
    class_code text NOT NULL,
    state text NOT NULL,
    hour timestamp with time zone NOT NULL,
    components bigint NOT NULL,
    CONSTRAINT pk_component_count PRIMARY KEY (id)
);
CREATE INDEX ix_component_count_class_code_unit_code ON component_count (class_code, unit_code);
CREATE INDEX ix_component_count_unit_code ON component_count (unit_code);
CREATE INDEX ix_component_count_hour ON component_count (hour);

CREATE TABLE component_survey (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint DEFAULT nullif(current_setting('citygrid.account', true), '')::bigint,
    username text NOT NULL,
    file text,
    filename text NOT NULL,
    sha256 text,
    options jsonb DEFAULT '{}' NOT NULL,
    dry_run boolean DEFAULT true NOT NULL,
    state text DEFAULT 'queued' NOT NULL,
    progress double precision DEFAULT 0 NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    counts jsonb DEFAULT '{}' NOT NULL,
    problems jsonb DEFAULT '[]' NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT pk_component_survey PRIMARY KEY (id),
    CONSTRAINT ck_component_survey_state CHECK (state IN ('queued', 'running', 'done', 'refused', 'failed')),
    CONSTRAINT fk_component_survey_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);
CREATE INDEX ix_component_survey_state ON component_survey (state) WHERE state IN ('queued', 'running');

-- What a survey did with a row of its file, or with a component that it did not find.
CREATE TABLE component_survey_row (
    survey_id bigint NOT NULL,
    nr integer NOT NULL,
    verdict text NOT NULL,
    row_number integer,
    component_id bigint,
    code text,
    class_code text,
    detail jsonb DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_component_survey_row PRIMARY KEY (survey_id, nr),
    CONSTRAINT ck_component_survey_row_verdict CHECK (verdict IN ('new', 'changed', 'missing', 'rejected', 'noted'))
);
CREATE INDEX ix_component_survey_row_survey_id_verdict_nr ON component_survey_row (survey_id, verdict, nr);

-- The beginning of a component code: all but its last six digits, which number.
CREATE FUNCTION component_prefix(code text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(code, -6) WHERE code ~ '^[0-9]{15,18}$'
$$;

-- Issue the next free numbers of a county and class, in order, behind the last one that was issued: none that any
-- component has or had, whoever may see it, and none of `reserved` (codes that its caller is about to write). A number
-- that somebody typed is stepped over and moves nothing, so …999999 does not end issuing. The row is locked to the
-- end of the transaction, so nobody is given the same one. Fewer than were asked for: they are used up.
DROP FUNCTION next_component_number(text);
CREATE FUNCTION issue_component_numbers(prefix text, many integer, reserved text[]) RETURNS integer[] LANGUAGE plpgsql
SECURITY DEFINER SET search_path = city, public, pg_temp AS $$
DECLARE
    at integer;
    step integer := many;
    found integer[] := '{}';
BEGIN
    IF prefix !~ '^[0-9]{8,12}$' OR many NOT BETWEEN 1 AND 999999 THEN
        RAISE EXCEPTION 'not the beginning of a component code, or too many';
    END IF;
    INSERT INTO component_sequence AS s (prefix, last) VALUES (issue_component_numbers.prefix, 0)
    ON CONFLICT ON CONSTRAINT pk_component_sequence DO UPDATE SET last = s.last
    RETURNING s.last INTO at;
    WHILE cardinality(found) < many AND at < 999999 LOOP
        found := found || ARRAY(
            SELECT n
            FROM generate_series(at + 1, least(at + step, 999999)) AS n
            CROSS JOIN LATERAL (SELECT issue_component_numbers.prefix || lpad(n::text, 6, '0') AS code) AS c
            WHERE NOT EXISTS (SELECT FROM component AS t WHERE t.code = c.code)
              AND NOT EXISTS (SELECT FROM component_retired AS t WHERE t.code = c.code)
              AND NOT EXISTS (SELECT FROM component_alias AS t WHERE t.code = c.code)
              AND c.code NOT IN (SELECT r FROM unnest(reserved) AS r WHERE r IS NOT NULL)
            ORDER BY n
            LIMIT many - cardinality(found));
        at := least(at + step, 999999);
        step := least(step * 2, 100000);
    END LOOP;
    IF cardinality(found) > 0 THEN
        UPDATE component_sequence AS s SET last = found[cardinality(found)]
        WHERE s.prefix = issue_component_numbers.prefix;
    END IF;
    RETURN found;
END $$;
REVOKE ALL ON FUNCTION issue_component_numbers(text, integer, text[]) FROM PUBLIC;

-- Which of these codes some component has or had, whoever may see it: who may write a code learns as much by trying.
CREATE FUNCTION taken_component_codes(codes text[]) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
    SELECT c.code FROM component AS c WHERE c.code = ANY (codes)
    UNION SELECT r.code FROM component_retired AS r WHERE r.code = ANY (codes)
    UNION SELECT a.code FROM component_alias AS a WHERE a.code = ANY (codes)
$$;
REVOKE ALL ON FUNCTION taken_component_codes(text[]) FROM PUBLIC;

-- That a component's class and profile, and a report's survey, are there and stay is seen to a statement at a time:
-- each row that is referred to is looked up once and held as a foreign key holds it. Foreign keys look row by row,
-- which took a quarter of the time of a survey.
CREATE FUNCTION check_component_keys() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
DECLARE
    classes text[] := ARRAY(SELECT DISTINCT class_code FROM after_rows);
    profiles text[] := ARRAY(SELECT DISTINCT profile FROM after_rows);
    found bigint;
BEGIN
    PERFORM FROM component_class WHERE code = ANY (classes) FOR KEY SHARE;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found < cardinality(classes) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a component is of a class that there is',
            CONSTRAINT = 'fk_component_class_code', TABLE = 'component', SCHEMA = 'city';
    END IF;
    PERFORM FROM component_profile WHERE name = ANY (profiles) FOR KEY SHARE;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found < cardinality(profiles) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a component is of a profile that there is',
            CONSTRAINT = 'fk_component_profile', TABLE = 'component', SCHEMA = 'city';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_component_class() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM component WHERE class_code = OLD.code) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a class that components have stays',
            CONSTRAINT = 'fk_component_class_code', TABLE = 'component', SCHEMA = 'city';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_component_profile() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM component WHERE profile = OLD.name) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a profile that components have stays',
            CONSTRAINT = 'fk_component_profile', TABLE = 'component', SCHEMA = 'city';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_survey_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
DECLARE
    surveys bigint[] := ARRAY(SELECT DISTINCT survey_id FROM after_rows);
    found bigint;
BEGIN
    PERFORM FROM component_survey WHERE id = ANY (surveys) FOR KEY SHARE;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found < cardinality(surveys) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a row of a report is of a survey that there is',
            CONSTRAINT = 'fk_component_survey_row_survey_id', TABLE = 'component_survey_row', SCHEMA = 'city';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION forget_survey_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    DELETE FROM component_survey_row AS r USING before_rows AS b WHERE r.survey_id = b.id;
    RETURN NULL;
END $$;

-- A foreign key keeps a table from being emptied at one blow, and so does this.
CREATE FUNCTION keep_from_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE feature_not_supported USING MESSAGE = format('%s is named by other tables and is not truncated', TG_TABLE_NAME);
END $$;

-- Refuse a code that another component had: by whichever door it comes.
CREATE FUNCTION keep_component_codes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
DECLARE
    taken text;
BEGIN
    SELECT a.code INTO taken
    FROM after_rows AS a
    WHERE EXISTS (SELECT FROM component_retired AS r WHERE r.code = a.code)
       OR EXISTS (SELECT FROM component_alias AS l WHERE l.code = a.code AND l.component_id <> a.id)
    LIMIT 1;
    IF taken IS NOT NULL THEN
        RAISE unique_violation USING MESSAGE = 'the code of a component is never given again',
            CONSTRAINT = 'uq_component_code', TABLE = 'component', SCHEMA = 'city', DETAIL = taken;
    END IF;
    RETURN NULL;
END $$;

-- The same for a code that changes; what it was before stays the component's.
CREATE FUNCTION keep_component_alias() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM component_retired AS r WHERE r.code = NEW.code)
       OR EXISTS (SELECT FROM component_alias AS l WHERE l.code = NEW.code AND l.component_id <> NEW.id) THEN
        RAISE unique_violation USING MESSAGE = 'the code of a component is never given again',
            CONSTRAINT = 'uq_component_code', TABLE = 'component', SCHEMA = 'city', DETAIL = NEW.code;
    END IF;
    INSERT INTO component_alias (code, component_id, profile) VALUES (OLD.code, OLD.id, OLD.profile)
    ON CONFLICT (code) DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION count_components() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO component_count (unit_code, organisation_id, class_code, state, hour, components)
        SELECT unit_code, organisation_id, class_code, state, date_trunc('hour', now(), 'UTC'), count(*)
        FROM after_rows GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO component_count (unit_code, organisation_id, class_code, state, hour, components)
        SELECT unit_code, organisation_id, class_code, state, date_trunc('hour', now(), 'UTC'), -count(*)
        FROM before_rows GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO component_count (unit_code, organisation_id, class_code, state, hour, components)
        SELECT unit_code, organisation_id, class_code, state, date_trunc('hour', now(), 'UTC'), sum(n)
        FROM (SELECT unit_code, organisation_id, class_code, state, 1 AS n FROM after_rows
              UNION ALL SELECT unit_code, organisation_id, class_code, state, -1 FROM before_rows) AS changed
        GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    ELSE
        DELETE FROM component_count;
    END IF;
    RETURN NULL;
END $$;

-- What is taken away is kept as it was, with the events that name it; by whichever door it goes.
CREATE FUNCTION retire_component() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    INSERT INTO component_retired (id, code, class_code, unit_code, organisation_id, was, events, geom, reason, account_id)
    VALUES (
        OLD.id, OLD.code, OLD.class_code, OLD.unit_code, OLD.organisation_id, to_jsonb(OLD) - 'geom',
        coalesce((SELECT array_agg(e.id ORDER BY e.id) FROM event AS e WHERE e.component_id = OLD.id), '{}'),
        OLD.geom, nullif(current_setting('citygrid.reason', true), ''),
        nullif(current_setting('citygrid.account', true), '')::bigint
    );
    RETURN OLD;
END $$;

CREATE FUNCTION check_repair() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM city.component AS c WHERE c.id = NEW.component_id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a repair is of a component that stands',
            CONSTRAINT = 'fk_component_repair_component_id', TABLE = 'component_repair', SCHEMA = 'city';
    END IF;
    RETURN NEW;
END $$;

REVOKE ALL ON FUNCTION keep_component_codes(), keep_component_alias(), count_components(), retire_component(),
    check_repair(), check_component_keys(), keep_component_class(), keep_component_profile(), check_survey_rows(),
    forget_survey_rows(), keep_from_truncate() FROM PUBLIC;

-- What was taken away before is on no record, so numbers go on behind the greatest; those near the end were typed.
INSERT INTO component_sequence (prefix, last)
SELECT component_prefix(code), max(right(code, 6)::integer) FROM component
WHERE component_prefix(code) IS NOT NULL AND right(code, 6) < '900000' GROUP BY 1;
INSERT INTO component_count (unit_code, organisation_id, class_code, state, hour, components)
SELECT unit_code, organisation_id, class_code, state, date_trunc('hour', now(), 'UTC'), count(*)
FROM component GROUP BY 1, 2, 3, 4;

CREATE TRIGGER check_keys_insert AFTER INSERT ON component REFERENCING NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION check_component_keys();
CREATE TRIGGER check_keys_update AFTER UPDATE ON component REFERENCING NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION check_component_keys();
CREATE TRIGGER keep_class AFTER DELETE OR UPDATE OF code ON component_class
FOR EACH ROW EXECUTE FUNCTION keep_component_class();
CREATE TRIGGER keep_profile AFTER DELETE OR UPDATE OF name ON component_profile
FOR EACH ROW EXECUTE FUNCTION keep_component_profile();
CREATE TRIGGER check_survey AFTER INSERT ON component_survey_row REFERENCING NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION check_survey_rows();
CREATE TRIGGER check_survey_update AFTER UPDATE ON component_survey_row REFERENCING NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION check_survey_rows();
CREATE TRIGGER forget_rows AFTER DELETE ON component_survey REFERENCING OLD TABLE AS before_rows
FOR EACH STATEMENT EXECUTE FUNCTION forget_survey_rows();
CREATE TRIGGER keep_whole BEFORE TRUNCATE ON component_class
FOR EACH STATEMENT EXECUTE FUNCTION keep_from_truncate();
CREATE TRIGGER keep_whole BEFORE TRUNCATE ON component_profile
FOR EACH STATEMENT EXECUTE FUNCTION keep_from_truncate();
CREATE TRIGGER keep_whole BEFORE TRUNCATE ON component_survey
FOR EACH STATEMENT EXECUTE FUNCTION keep_from_truncate();
CREATE TRIGGER keep_codes AFTER INSERT ON component REFERENCING NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION keep_component_codes();
CREATE TRIGGER keep_alias AFTER UPDATE OF code ON component
FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION keep_component_alias();
CREATE TRIGGER count_components_insert AFTER INSERT ON component REFERENCING NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_components();
CREATE TRIGGER count_components_update AFTER UPDATE ON component
REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_components();
CREATE TRIGGER count_components_delete AFTER DELETE ON component REFERENCING OLD TABLE AS before_rows
FOR EACH STATEMENT EXECUTE FUNCTION count_components();
CREATE TRIGGER count_components_truncate AFTER TRUNCATE ON component
FOR EACH STATEMENT EXECUTE FUNCTION count_components();
CREATE TRIGGER retire BEFORE DELETE ON component FOR EACH ROW EXECUTE FUNCTION retire_component();
CREATE TRIGGER check_component AFTER INSERT ON component_repair FOR EACH ROW EXECUTE FUNCTION check_repair();

CREATE OR REPLACE VIEW components WITH (security_invoker = true) AS
SELECT c.id, c.code, c.class_code, k.name AS class_name, c.name, c.state, c.owner, c.upkeep,
       c.installed_on, c.unit_code, c.source, c.generated, c.geom, c.manager, c.note
FROM component AS c
JOIN component_class AS k ON k.code = c.class_code;

-- A layer may show a part of its relation: rows whose column has one of some values, or begins with one.
ALTER TABLE layer ADD COLUMN part jsonb;
