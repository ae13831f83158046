-- Places and emergency resources: types, risk, inspections, people, stock.

-- What kinds of sensitive places there are; users make more and retire those that are used no longer.
CREATE TABLE place_kind (
    key text NOT NULL,
    title text NOT NULL,
    title_en text DEFAULT '' NOT NULL,
    icon text DEFAULT '' NOT NULL,
    colour text DEFAULT '#5b6b7b' NOT NULL,
    risk_bearing boolean DEFAULT true NOT NULL,
    extras jsonb DEFAULT '{}'::jsonb NOT NULL,
    checklist jsonb DEFAULT '{}'::jsonb NOT NULL,
    every_days smallint[] DEFAULT '{7,30,90,180}' NOT NULL,
    lead_days smallint DEFAULT 3 NOT NULL,
    raise_after smallint DEFAULT 2 NOT NULL,
    lower_after smallint DEFAULT 4 NOT NULL,
    responsible_role text DEFAULT 'grid_leader' NOT NULL,
    event_category text,
    retired_at timestamp with time zone,
    etag bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_place_kind PRIMARY KEY (key),
    CONSTRAINT ck_place_kind_key CHECK (length(key) BETWEEN 1 AND 60),
    CONSTRAINT ck_place_kind_colour CHECK (colour ~ '^#[0-9a-f]{6}$'),
    CONSTRAINT ck_place_kind_every_days CHECK (
        cardinality(every_days) = 4 AND 1 <= ALL (every_days) AND 3660 >= ALL (every_days)),
    CONSTRAINT ck_place_kind_lead_days CHECK (lead_days BETWEEN 0 AND 365),
    CONSTRAINT ck_place_kind_rule CHECK (raise_after BETWEEN 0 AND 20 AND lower_after BETWEEN 0 AND 20),
    CONSTRAINT fk_place_kind_event_category FOREIGN KEY (event_category) REFERENCES matter (code)
);

-- A first set for any city. Days between inspections are by level: red, orange, yellow, blue.
INSERT INTO place_kind (key, title, title_en, icon, colour, risk_bearing, every_days) VALUES
    ('school', '学校', 'School', 'school', '#2f6fb2', true, '{7,30,90,180}'),
    ('kindergarten', '幼儿园', 'Kindergarten', 'school', '#3f86c9', true, '{7,30,90,180}'),
    ('university', '高校', 'University', 'school', '#27598f', true, '{7,30,90,180}'),
    ('college', '学院', 'College', 'school', '#27598f', true, '{7,30,90,180}'),
    ('hospital', '医院', 'Hospital', 'hospital', '#c0392b', true, '{7,30,60,90}'),
    ('clinic', '诊所', 'Clinic', 'hospital', '#d1665b', true, '{7,30,90,180}'),
    ('pharmacy', '药店', 'Pharmacy', 'pharmacy', '#d1665b', true, '{14,60,180,365}'),
    ('market', '市场', 'Market', 'market', '#b9770e', true, '{7,15,30,90}'),
    ('mall', '商场', 'Shopping mall', 'market', '#b9770e', true, '{7,15,30,90}'),
    ('supermarket', '超市', 'Supermarket', 'market', '#ca8a2a', true, '{14,30,90,180}'),
    ('shop', '商铺', 'Shop', 'market', '#ca8a2a', true, '{14,30,90,180}'),
    ('hotel', '酒店', 'Hotel', 'hotel', '#7d5ba6', true, '{7,30,90,180}'),
    ('entertainment', '娱乐场所', 'Entertainment', 'cinema', '#8e44ad', true, '{7,15,30,90}'),
    ('cinema', '影院', 'Cinema', 'cinema', '#8e44ad', true, '{7,15,30,90}'),
    ('theatre', '剧场', 'Theatre', 'cinema', '#8e44ad', true, '{7,15,30,90}'),
    ('library', '图书馆', 'Library', 'library', '#4a6f8a', true, '{14,60,180,365}'),
    ('heritage', '文物', 'Heritage', 'heritage', '#6e5a3c', true, '{14,60,180,365}'),
    ('place_of_worship', '宗教场所', 'Place of worship', 'heritage', '#6e5a3c', true, '{7,30,90,180}'),
    ('station', '车站', 'Station', 'station', '#1f7a5c', true, '{7,15,30,90}'),
    ('flammable', '易燃易爆场所', 'Flammable goods', 'fire', '#e74c3c', true, '{3,7,15,30}'),
    ('fuel', '加油加气站', 'Fuel station', 'fire', '#e74c3c', true, '{3,7,15,30}'),
    ('construction', '工地', 'Construction site', 'construction', '#d68910', true, '{3,7,15,30}'),
    ('reservoir', '水库', 'Reservoir', 'water', '#2980b9', true, '{3,7,15,30}'),
    ('river', '河道', 'River', 'water', '#2980b9', true, '{7,15,30,90}'),
    ('bank', '银行', 'Bank', 'bank', '#566573', true, '{14,60,180,365}'),
    ('social_facility', '社会福利机构', 'Social facility', 'care', '#3b8f7a', true, '{7,30,60,90}'),
    ('community_centre', '社区服务站', 'Community centre', 'office', '#5b6b7b', false, '{30,90,180,365}'),
    ('townhall', '政府机构', 'Town hall', 'office', '#5b6b7b', false, '{30,90,180,365}'),
    ('police', '公安派出所', 'Police', 'office', '#34495e', false, '{30,90,180,365}'),
    ('fire_station', '消防站', 'Fire station', 'office', '#34495e', false, '{30,90,180,365}'),
    ('post_office', '邮局', 'Post office', 'office', '#5b6b7b', false, '{30,90,180,365}'),
    ('other', '其他', 'Other', 'place', '#5b6b7b', true, '{14,60,180,365}');
-- What was typed in before there were kinds stays what it is.
INSERT INTO place_kind (key, title)
SELECT DISTINCT kind, kind FROM place WHERE length(kind) BETWEEN 1 AND 60
ON CONFLICT DO NOTHING;
UPDATE place SET kind = 'other' WHERE kind NOT IN (SELECT key FROM place_kind);

ALTER TABLE place
    ADD COLUMN organisation_id bigint,
    ADD COLUMN risk_reason text,
    ADD CONSTRAINT fk_place_kind FOREIGN KEY (kind) REFERENCES place_kind (key),
    ADD CONSTRAINT fk_place_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    ADD CONSTRAINT ck_place_risk_level CHECK (risk_level BETWEEN 1 AND 4),
    ADD CONSTRAINT ck_place_level_change_needs_a_new_reason CHECK (
        length(btrim(risk_reason)) BETWEEN 4 AND 1000);
CREATE INDEX ix_place_organisation_id ON place (organisation_id);
CREATE INDEX ix_place_area ON place USING gist (area);

-- Every level that a place has had, and why.
CREATE TABLE place_risk (
    id bigint GENERATED ALWAYS AS IDENTITY,
    place_id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    from_level smallint,
    to_level smallint NOT NULL,
    reason text NOT NULL,
    account_id bigint,
    username text NOT NULL,
    CONSTRAINT pk_place_risk PRIMARY KEY (id),
    CONSTRAINT fk_place_risk_place_id FOREIGN KEY (place_id) REFERENCES place (id) ON DELETE CASCADE
);
CREATE INDEX ix_place_risk_place_id ON place_risk (place_id);
INSERT INTO place_risk (place_id, at, from_level, to_level, reason, username)
SELECT id, created_at, NULL, risk_level, '首次登记', 'citygrid' FROM place;

-- Logs of ours: rows are added, and go with what they are about, and with nothing else.
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    there boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE id = $1)', TG_ARGV[0]) INTO there
        USING (to_jsonb(OLD) ->> TG_ARGV[1])::bigint;
        IF NOT there THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
        MESSAGE = TG_TABLE_NAME || ' is append-only: no ' || TG_OP;
END $$;
CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON place_risk
FOR EACH ROW EXECUTE FUNCTION keep_history('place', 'place_id');
CREATE TRIGGER keep_all_history BEFORE TRUNCATE ON place_risk
FOR EACH STATEMENT EXECUTE FUNCTION keep_history('place', 'place_id');

-- Whoever changes the level, and by whichever way, says why; what was said the last time does not count, for
-- software that sends all attributes back sends that one, too.
CREATE FUNCTION place_risk_check() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, city, pg_temp AS $$
BEGIN
    IF NEW.risk_level = OLD.risk_level THEN
        NEW.risk_reason := coalesce(NEW.risk_reason, OLD.risk_reason);
    END IF;
    IF (NEW.risk_level = OLD.risk_level) = (NEW.risk_reason IS NOT DISTINCT FROM OLD.risk_reason)
        AND (NEW.risk_level = OLD.risk_level OR NEW.risk_reason IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'check_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
        COLUMN = 'risk_reason', CONSTRAINT = 'ck_place_level_change_needs_a_new_reason',
        MESSAGE = 'a change of the risk level needs a reason of its own, and a new reason a change';
END $$;
CREATE TRIGGER check_risk BEFORE UPDATE OF risk_level, risk_reason ON place
FOR EACH ROW EXECUTE FUNCTION place_risk_check();

CREATE FUNCTION place_risk_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.risk_level <> OLD.risk_level THEN
        INSERT INTO place_risk (place_id, from_level, to_level, reason, account_id, username)
        VALUES (NEW.id, CASE TG_OP WHEN 'UPDATE' THEN OLD.risk_level END, NEW.risk_level,
                coalesce(NEW.risk_reason, '首次登记'), my_account(),
                coalesce(nullif(current_setting('citygrid.username', true), ''), session_user));
        UPDATE place_risk_proposal SET state = 'lapsed', decided_at = clock_timestamp()
        WHERE place_id = NEW.id AND state = 'open';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER record_first_risk AFTER INSERT ON place
FOR EACH ROW EXECUTE FUNCTION place_risk_record();
CREATE TRIGGER record_risk AFTER UPDATE OF risk_level ON place
FOR EACH ROW EXECUTE FUNCTION place_risk_record();
REVOKE ALL ON FUNCTION keep_history(), place_risk_record() FROM PUBLIC;

CREATE TABLE place_person (
    place_id bigint NOT NULL,
    worker_id bigint NOT NULL,
    role text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_place_person PRIMARY KEY (place_id, worker_id, role),
    CONSTRAINT fk_place_person_place_id FOREIGN KEY (place_id) REFERENCES place (id) ON DELETE CASCADE,
    CONSTRAINT fk_place_person_worker_id FOREIGN KEY (worker_id) REFERENCES worker (id) ON DELETE CASCADE
);
CREATE INDEX ix_place_person_worker_id ON place_person (worker_id);

-- A look at a place that is due: one open at a time.
CREATE TABLE inspection (
    id bigint GENERATED ALWAYS AS IDENTITY,
    place_id bigint NOT NULL,
    level smallint NOT NULL,
    due_from date NOT NULL,
    due_on date NOT NULL,
    worker_id bigint,
    organisation_id bigint,
    state text DEFAULT 'open' NOT NULL,
    result text,
    findings jsonb DEFAULT '{}'::jsonb NOT NULL,
    note text DEFAULT '' NOT NULL,
    stood geometry(POINT, 4326),
    distance_m double precision,
    done_at timestamp with time zone,
    account_id bigint,
    username text,
    reports text[] DEFAULT '{}' NOT NULL,
    event_id bigint,
    overdue_event_id bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_inspection PRIMARY KEY (id),
    CONSTRAINT ck_inspection_state CHECK (state IN ('open', 'done', 'missed', 'cancelled')),
    CONSTRAINT ck_inspection_result CHECK (
        (state = 'done') = (result IS NOT NULL) AND result IN ('normal', 'abnormal', 'no_access')),
    CONSTRAINT ck_inspection_due CHECK (due_from <= due_on),
    CONSTRAINT fk_inspection_place_id FOREIGN KEY (place_id) REFERENCES place (id) ON DELETE CASCADE,
    CONSTRAINT fk_inspection_worker_id FOREIGN KEY (worker_id) REFERENCES worker (id) ON DELETE SET NULL,
    CONSTRAINT fk_inspection_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_inspection_event_id FOREIGN KEY (event_id) REFERENCES event (id) ON DELETE SET NULL,
    CONSTRAINT fk_inspection_overdue_event_id FOREIGN KEY (overdue_event_id) REFERENCES event (id)
        ON DELETE SET NULL
);
CREATE UNIQUE INDEX uq_inspection_open ON inspection (place_id) WHERE state = 'open';
CREATE INDEX ix_inspection_place_id_done_at ON inspection (place_id, done_at);
CREATE INDEX ix_inspection_worker_id ON inspection (worker_id);
-- What the job process looks for all the time: what is to be reported as an event.
CREATE INDEX ix_inspection_late ON inspection (due_on)
WHERE state IN ('open', 'missed') AND NOT 'overdue' = ANY (reports);
CREATE INDEX ix_inspection_abnormal ON inspection (id)
WHERE result = 'abnormal' AND NOT 'abnormal' = ANY (reports);

CREATE TABLE place_risk_proposal (
    id bigint GENERATED ALWAYS AS IDENTITY,
    place_id bigint NOT NULL,
    from_level smallint NOT NULL,
    to_level smallint NOT NULL,
    rule text NOT NULL,
    reason text NOT NULL,
    inspections bigint[] DEFAULT '{}' NOT NULL,
    state text DEFAULT 'open' NOT NULL,
    account_id bigint,
    username text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    decided_at timestamp with time zone,
    decided_by bigint,
    decider text,
    note text DEFAULT '' NOT NULL,
    CONSTRAINT pk_place_risk_proposal PRIMARY KEY (id),
    CONSTRAINT ck_place_risk_proposal_levels CHECK (
        from_level BETWEEN 1 AND 4 AND to_level BETWEEN 1 AND 4 AND from_level <> to_level),
    CONSTRAINT ck_place_risk_proposal_rule CHECK (rule IN ('abnormal', 'normal', 'person')),
    CONSTRAINT ck_place_risk_proposal_state CHECK (state IN ('open', 'confirmed', 'refused', 'lapsed')),
    CONSTRAINT fk_place_risk_proposal_place_id FOREIGN KEY (place_id) REFERENCES place (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX uq_place_risk_proposal_open ON place_risk_proposal (place_id) WHERE state = 'open';
CREATE INDEX ix_place_risk_proposal_place_id ON place_risk_proposal (place_id);

CREATE TABLE place_attachment (
    id bigint GENERATED ALWAYS AS IDENTITY,
    place_id bigint NOT NULL,
    inspection_id bigint,
    digest text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    media_type text NOT NULL,
    bytes bigint NOT NULL,
    account_id bigint,
    username text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_place_attachment PRIMARY KEY (id),
    CONSTRAINT ck_place_attachment_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_place_attachment_kind CHECK (kind IN ('photo', 'video', 'audio', 'document')),
    CONSTRAINT fk_place_attachment_place_id FOREIGN KEY (place_id) REFERENCES place (id) ON DELETE CASCADE,
    CONSTRAINT fk_place_attachment_digest FOREIGN KEY (digest) REFERENCES attachment (digest),
    CONSTRAINT fk_place_attachment_inspection_id FOREIGN KEY (inspection_id) REFERENCES inspection (id)
        ON DELETE CASCADE
);
CREATE INDEX ix_place_attachment_place_id ON place_attachment (place_id);

CREATE OR REPLACE VIEW places WITH (security_invoker = true) AS
SELECT p.id, p.kind, p.name, p.name_en, p.address, p.risk_level, p.unit_code, p.source, p.generated, p.geom,
       p.risk_reason, o.name AS organisation
FROM place AS p
LEFT JOIN organisation AS o ON o.id = p.organisation_id;

CREATE VIEW place_areas WITH (security_invoker = true) AS
SELECT id, kind, name, name_en, risk_level, unit_code, source, generated, area AS geom
FROM place
WHERE area IS NOT NULL;

-- What helps in an emergency, and where it is.
CREATE TABLE resource (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    name text NOT NULL,
    name_en text,
    state text DEFAULT 'ready' NOT NULL,
    capacity double precision,
    unit_of_measure text,
    organisation_id bigint,
    phone text,
    opening text,
    address text,
    geom geometry(POINT, 4326) NOT NULL,
    area geometry(MULTIPOLYGON, 4326),
    unit_code text COLLATE "C",
    source text NOT NULL,
    generated boolean DEFAULT false NOT NULL,
    attributes jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_resource PRIMARY KEY (id),
    CONSTRAINT ck_resource_kind CHECK (kind IN (
        'team', 'shelter', 'supply', 'station', 'camera', 'hospital', 'vehicle', 'equipment')),
    CONSTRAINT ck_resource_state CHECK (state IN ('ready', 'busy', 'closed')),
    -- The duty line of an office, and not the mobile phone of a person, however it is written.
    CONSTRAINT ck_resource_phone CHECK (
        phone ~ '^[0-9+ ()-]{3,30}$'
        AND phone !~ '(^|[^0-9]|86|^0)1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}([^0-9]|$)'
        AND regexp_replace(phone, '[^0-9]', '', 'g') !~ '^0*(86)?0?1[3-9][0-9]{9}$'),
    CONSTRAINT ck_resource_capacity CHECK (capacity >= 0 AND capacity < 'Infinity'),
    CONSTRAINT fk_resource_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id)
);
CREATE INDEX ix_resource_geom ON resource USING gist (geom);
CREATE INDEX ix_resource_area ON resource USING gist (area);
CREATE INDEX ix_resource_unit_code ON resource (unit_code);
CREATE INDEX ix_resource_organisation_id ON resource (organisation_id);

-- What came in and went out of a store.
CREATE TABLE stock_movement (
    resource_id bigint NOT NULL,
    item text NOT NULL,
    seq integer NOT NULL,
    delta numeric(14, 3) NOT NULL,
    balance numeric(15, 3) NOT NULL,
    reason text NOT NULL,
    account_id bigint,
    username text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_stock_movement PRIMARY KEY (resource_id, item, seq),
    CONSTRAINT ck_stock_movement_delta CHECK (delta <> 0 AND abs(delta) <= 1e9),
    CONSTRAINT ck_stock_movement_never_below_zero CHECK (balance >= 0),
    CONSTRAINT ck_stock_movement_reason CHECK (length(btrim(reason)) BETWEEN 2 AND 500),
    CONSTRAINT fk_stock_movement_resource_id FOREIGN KEY (resource_id) REFERENCES resource (id)
        ON DELETE CASCADE
);
CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON stock_movement
FOR EACH ROW EXECUTE FUNCTION keep_history('resource', 'resource_id');
CREATE TRIGGER keep_all_history BEFORE TRUNCATE ON stock_movement
FOR EACH STATEMENT EXECUTE FUNCTION keep_history('resource', 'resource_id');

-- With the rights of the one who moves, on purpose: the policies of the store decide. Whoever moves the same
-- thing waits, and then counts on from what was left.
CREATE FUNCTION stock_balance() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    last stock_movement;
BEGIN
    IF NOT EXISTS (SELECT FROM resource WHERE id = NEW.resource_id) THEN
        RAISE EXCEPTION 'there is no such store' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('stock.' || NEW.resource_id || '.' || NEW.item, 0));
    SELECT * INTO last FROM stock_movement
    WHERE resource_id = NEW.resource_id AND item = NEW.item ORDER BY seq DESC LIMIT 1;
    NEW.seq := coalesce(last.seq, 0) + 1;
    NEW.balance := NEW.delta + coalesce(last.balance, 0);
    NEW.account_id := my_account();
    NEW.username := coalesce(nullif(current_setting('citygrid.username', true), ''), session_user);
    NEW.at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER balance BEFORE INSERT ON stock_movement FOR EACH ROW EXECUTE FUNCTION stock_balance();

CREATE VIEW resources WITH (security_invoker = true) AS
SELECT r.id, r.kind, r.name, r.name_en, r.state, r.capacity, r.unit_of_measure, o.name AS organisation, r.phone,
       r.opening, r.address, r.unit_code, r.source, r.generated, r.geom
FROM resource AS r
LEFT JOIN organisation AS o ON o.id = r.organisation_id;
