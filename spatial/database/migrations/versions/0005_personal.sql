-- Personal data: what is published is a mask, its ciphertext and keyed hash stand beside it and are granted
-- to nobody. Clear text is handed out against a record that was committed before.

-- Data keys, wrapped by the master key, which the database never sees.
CREATE TABLE data_key (
    id bigint GENERATED ALWAYS AS IDENTITY,
    purpose text NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    retired_at timestamptz,
    CONSTRAINT pk_data_key PRIMARY KEY (id)
);

-- Not valid yet: rows of before hold clear text until `citygrid keys seal-existing`, which comes next, has
-- sealed them. New rows are held to it from now on.
ALTER TABLE worker
    ADD COLUMN name_cipher BYTEA,
    ADD COLUMN name_digest BYTEA,
    ADD COLUMN phone_cipher BYTEA,
    ADD COLUMN phone_digest BYTEA,
    ADD CONSTRAINT ck_worker_masked CHECK (
        (name = '' OR name LIKE '%*%') AND (phone = '' OR phone LIKE '%*%')) NOT VALID;
CREATE INDEX ix_worker_name_digest ON worker (name_digest);
CREATE INDEX ix_worker_phone_digest ON worker (phone_digest);

-- Who reported an event by the hotline or as a member of the public.
CREATE TABLE reporter (
    event_id bigint NOT NULL,
    name text,
    phone text,
    id_number text,
    address text,
    name_cipher BYTEA,
    name_digest BYTEA,
    phone_cipher BYTEA,
    phone_digest BYTEA,
    id_number_cipher BYTEA,
    id_number_digest BYTEA,
    address_cipher BYTEA,
    generated boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_reporter PRIMARY KEY (event_id),
    CONSTRAINT fk_reporter_event_id FOREIGN KEY(event_id) REFERENCES event (id) ON DELETE CASCADE,
    CONSTRAINT ck_reporter_masked CHECK (
        (name = '' OR name LIKE '%*%') AND (phone = '' OR phone LIKE '%*%')
        AND (id_number = '' OR id_number LIKE '%*%') AND (address = '' OR address LIKE '%*%'))
);
CREATE INDEX ix_reporter_name_digest ON reporter (name_digest);
CREATE INDEX ix_reporter_phone_digest ON reporter (phone_digest);
CREATE INDEX ix_reporter_id_number_digest ON reporter (id_number_digest);

-- Asking for a clear text, or looking for one. Committed first, with its entry in the audit log; then, in
-- another transaction and once, it opens what it names. So nobody reads and rolls the record back.
CREATE TABLE clear_read (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint NOT NULL,
    action text NOT NULL,
    relation text NOT NULL,
    field text NOT NULL,
    row_key bigint,
    reason text,
    at timestamptz NOT NULL,
    xid bigint NOT NULL,
    used_at timestamptz,
    CONSTRAINT pk_clear_read PRIMARY KEY (id),
    CONSTRAINT fk_clear_read_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
    CONSTRAINT ck_clear_read_classified CHECK ((relation, field) IN (
        ('worker', 'name'), ('worker', 'phone'),
        ('reporter', 'name'), ('reporter', 'phone'), ('reporter', 'id_number'), ('reporter', 'address'))),
    CONSTRAINT ck_clear_read_reasoned CHECK (CASE action
        WHEN 'reveal' THEN row_key IS NOT NULL AND coalesce(length(btrim(reason)), 0) BETWEEN 4 AND 500
        WHEN 'search' THEN row_key IS NULL
        ELSE false END)
);
CREATE INDEX ix_clear_read_account_id_at ON clear_read (account_id, at);

-- With the rights of the one who asks, on purpose: whether the row is there, their policies decide. Who asks,
-- when and in which transaction is never theirs to say.
CREATE FUNCTION clear_read_check() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, city, pg_temp AS $$
BEGIN
    NEW.account_id := my_account();
    NEW.at := now();
    NEW.xid := pg_current_xact_id()::text::bigint;
    NEW.used_at := NULL;
    IF NEW.action = 'search'
        OR NEW.relation = 'worker' AND EXISTS (SELECT FROM worker WHERE id = NEW.row_key)
        OR NEW.relation = 'reporter' AND EXISTS (SELECT FROM reporter WHERE event_id = NEW.row_key)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'there is no such row' USING ERRCODE = 'insufficient_privilege';
END $$;

-- As the owner: puts the asking on record, and forgets permits of yesterday.
CREATE FUNCTION clear_read_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    unit text := CASE NEW.relation
        WHEN 'worker' THEN (SELECT unit_code FROM worker WHERE id = NEW.row_key)
        ELSE (SELECT unit_code FROM event WHERE id = NEW.row_key) END;
BEGIN
    PERFORM audit_record(NEW.action, NEW.relation, NEW.row_key::text, unit, NULL,
                         jsonb_build_object('field', NEW.field), NEW.reason);
    DELETE FROM clear_read WHERE account_id = NEW.account_id AND at < now() - interval '1 day';
    RETURN NULL;
END $$;

CREATE TRIGGER check_first BEFORE INSERT ON clear_read FOR EACH ROW EXECUTE FUNCTION clear_read_check();
CREATE TRIGGER record AFTER INSERT ON clear_read FOR EACH ROW EXECUTE FUNCTION clear_read_record();

-- Use up a committed record of the caller's own; for the two functions below only.
CREATE FUNCTION clear_read_use(read_id bigint, wanted text) RETURNS clear_read LANGUAGE plpgsql
SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    asked clear_read;
BEGIN
    UPDATE clear_read SET used_at = now()
    WHERE id = read_id AND account_id = my_account() AND action = wanted AND used_at IS NULL
      AND at > now() - interval '1 minute'
      -- A record of this very transaction could still be rolled back, and what was read be kept.
      AND xid IS DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint
    RETURNING * INTO asked;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no committed record allows this read' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN asked;
END $$;

-- The ciphertext that a record of a reveal names; null when none is kept.
CREATE FUNCTION clear_cipher(read_id bigint) RETURNS bytea LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    asked clear_read := clear_read_use(read_id, 'reveal');
    sealed bytea;
BEGIN
    EXECUTE format('SELECT %I FROM %I WHERE %I = $1', asked.field || '_cipher', asked.relation,
                   CASE asked.relation WHEN 'worker' THEN 'id' ELSE 'event_id' END)
    INTO sealed USING asked.row_key;
    RETURN sealed;
END $$;

-- The keys of the rows that hold one of these keyed hashes, whoever's they are: the caller reads the rows
-- under the policies, which leave the own ones.
CREATE FUNCTION find_sealed(read_id bigint, digests bytea[]) RETURNS SETOF bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    asked clear_read := clear_read_use(read_id, 'search');
BEGIN
    RETURN QUERY EXECUTE format('SELECT %1$I FROM %2$I WHERE %3$I = ANY ($1) ORDER BY %1$I',
        CASE asked.relation WHEN 'worker' THEN 'id' ELSE 'event_id' END, asked.relation,
        asked.field || '_digest') USING digests;
END $$;

REVOKE ALL ON FUNCTION clear_read_use(bigint, text), clear_cipher(bigint), find_sealed(bigint, bytea[]),
    clear_read_record() FROM PUBLIC;
