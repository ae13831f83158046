-- Standard addresses: taken apart, with the time they are in use, other and older names, and a stamp by which
-- compiled indexes know what has changed since they were made.
ALTER TABLE address
    ADD COLUMN external_id text,
    ADD COLUMN name text,
    ADD COLUMN province text,
    ADD COLUMN city text,
    ADD COLUMN district text,
    ADD COLUMN street text,
    ADD COLUMN community text,
    ADD COLUMN road text,
    ADD COLUMN number text,
    ADD COLUMN building text,
    ADD COLUMN unit text,
    ADD COLUMN floor text,
    ADD COLUMN room text,
    ADD COLUMN valid_from date,
    ADD COLUMN valid_until date,
    ADD COLUMN stamp bigint DEFAULT 0 NOT NULL,
    ADD CONSTRAINT ck_address_text CHECK (length(full_text) BETWEEN 1 AND 300),
    ADD CONSTRAINT ck_address_valid CHECK (valid_until > valid_from);
CREATE UNIQUE INDEX uq_address_source_external_id ON address (source, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX ix_address_stamp ON address (stamp);
CREATE INDEX ix_address_road ON address (road);

-- Another name of one address, or of a term wherever it stands (a renamed road, an abbreviation).
CREATE TABLE address_alias (
    id bigint GENERATED ALWAYS AS IDENTITY,
    address_id bigint,
    term text,
    name text NOT NULL,
    kind text NOT NULL,
    valid_from date,
    valid_until date,
    note text,
    source text NOT NULL,
    generated boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_address_alias PRIMARY KEY (id),
    CONSTRAINT fk_address_alias_address_id FOREIGN KEY (address_id) REFERENCES address (id) ON DELETE CASCADE,
    CONSTRAINT ck_address_alias_of CHECK ((address_id IS NULL) <> (term IS NULL)),
    CONSTRAINT ck_address_alias_kind CHECK (kind IN ('alias', 'old', 'short')),
    CONSTRAINT ck_address_alias_name CHECK (length(name) BETWEEN 1 AND 100 AND length(term) BETWEEN 1 AND 100),
    CONSTRAINT ck_address_alias_valid CHECK (valid_until > valid_from)
);
CREATE INDEX ix_address_alias_address_id ON address_alias (address_id);
CREATE UNIQUE INDEX uq_address_alias_term_name ON address_alias (term, name, kind) WHERE term IS NOT NULL;
CREATE UNIQUE INDEX uq_address_alias_address_id_name ON address_alias (address_id, name) WHERE address_id IS NOT NULL;

-- How often the addresses were changed; one writer at a time, so that stamps grow in the order of commits.
CREATE TABLE address_state (
    id smallint NOT NULL,
    stamp bigint NOT NULL,
    whole bigint NOT NULL,
    terms bigint NOT NULL,
    CONSTRAINT pk_address_state PRIMARY KEY (id),
    CONSTRAINT ck_address_state_one CHECK (id = 1)
);
INSERT INTO address_state VALUES (1, 1, 1, 1);

CREATE TABLE address_gone (
    address_id bigint NOT NULL,
    stamp bigint NOT NULL,
    CONSTRAINT pk_address_gone PRIMARY KEY (address_id)
);
CREATE INDEX ix_address_gone_stamp ON address_gone (stamp);

-- Files of addresses to import or to geocode, and what became of them.
CREATE TABLE address_job (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint NOT NULL,
    kind text NOT NULL,
    filename text NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    file text,
    state text DEFAULT 'waiting' NOT NULL,
    tries smallint DEFAULT 0 NOT NULL,
    progress real DEFAULT 0 NOT NULL,
    report jsonb,
    problems jsonb DEFAULT '[]'::jsonb NOT NULL,
    result bytea,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT pk_address_job PRIMARY KEY (id),
    CONSTRAINT fk_address_job_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE,
    CONSTRAINT ck_address_job_kind CHECK (kind IN ('import', 'geocode')),
    CONSTRAINT ck_address_job_state CHECK (state IN ('waiting', 'running', 'done', 'refused', 'failed'))
);
CREATE INDEX ix_address_job_state ON address_job (state) WHERE state IN ('waiting', 'running');

-- Before the first row is touched: who writes addresses has the state first, so that writers cannot wait for
-- each other in a ring.
CREATE FUNCTION address_next_stamp() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
DECLARE
    next bigint;
BEGIN
    UPDATE address_state
    SET stamp = stamp + 1,
        whole = CASE WHEN TG_OP = 'TRUNCATE' THEN stamp + 1 ELSE whole END,
        terms = CASE WHEN TG_TABLE_NAME = 'address_alias' THEN stamp + 1 ELSE terms END
    RETURNING stamp INTO next;
    PERFORM set_config('citygrid.address_stamp', next::text, true);
    RETURN NULL;
END $$;

CREATE FUNCTION address_put_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = city, public, pg_temp AS $$
BEGIN
    NEW.stamp := current_setting('citygrid.address_stamp')::bigint;
    RETURN NEW;
END $$;

CREATE FUNCTION address_note_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    INSERT INTO address_gone
    SELECT id, current_setting('citygrid.address_stamp')::bigint FROM gone;
    RETURN NULL;
END $$;

CREATE TRIGGER address_next_stamp BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON address
FOR EACH STATEMENT EXECUTE FUNCTION address_next_stamp();
CREATE TRIGGER address_put_stamp BEFORE INSERT OR UPDATE ON address
FOR EACH ROW EXECUTE FUNCTION address_put_stamp();
CREATE TRIGGER address_note_gone AFTER DELETE ON address REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION address_note_gone();
CREATE TRIGGER address_next_stamp BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON address_alias
FOR EACH STATEMENT EXECUTE FUNCTION address_next_stamp();

-- Another name of an address is a change of the address.
CREATE FUNCTION address_touch_named() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    UPDATE address SET stamp = 0 WHERE id IN (SELECT c.address_id FROM changed AS c);
    RETURN NULL;
END $$;
CREATE TRIGGER address_alias_inserted AFTER INSERT ON address_alias REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION address_touch_named();
CREATE TRIGGER address_alias_updated AFTER UPDATE ON address_alias REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION address_touch_named();
CREATE TRIGGER address_alias_deleted AFTER DELETE ON address_alias REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION address_touch_named();
