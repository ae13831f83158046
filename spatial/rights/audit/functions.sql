-- The functions of the audit log, as they must be: made at the migration, compared at every bring-up and by
-- `citygrid audit verify`.

-- Append-only, for the owner too.
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
        MESSAGE = 'the audit log is append-only: no ' || TG_OP || ' on ' || TG_TABLE_NAME;
END $$;

-- One value of the serialisation: its length in bytes and its text, or ~ for null. Nothing that a value
-- holds can be taken for the border between two values. (::text: `integer || text` could not be inlined.)
CREATE OR REPLACE FUNCTION audit_text(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT coalesce(octet_length(value)::text || ':' || value, '~') $$;

CREATE OR REPLACE FUNCTION audit_context() RETURNS audit_context LANGUAGE plpgsql
SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    c audit_context;
BEGIN
    -- In this order: a row is never dated before its transaction has a number, see audit_root.next_xid.
    c.xid := pg_current_xact_id()::text::bigint;
    c.at := clock_timestamp();
    c.cluster := (SELECT system_identifier FROM pg_control_system());
    c.account_id := nullif(current_setting('citygrid.account', true), '')::bigint;
    c.username := coalesce(nullif(current_setting('citygrid.username', true), ''), session_user);
    c.role := coalesce(nullif(current_setting('citygrid.role', true), ''),
                       nullif(current_setting('role', true), 'none'), session_user);
    c.database_user := session_user;
    c.address := coalesce(nullif(current_setting('citygrid.address', true), ''), host(inet_client_addr()));
    c.request := nullif(current_setting('citygrid.request', true), '');
    c.head := 'citygrid.audit.1,'
        || audit_text((extract(epoch FROM c.at) * 1000000)::bigint::text) || ','
        || audit_text(c.xid::text) || ',' || audit_text(c.cluster::text) || ','
        || audit_text(c.account_id::text) || ',' || audit_text(c.username) || ','
        || audit_text(c.role) || ',' || audit_text(c.database_user) || ','
        || audit_text(c.address) || ',' || audit_text(c.request);
    RETURN c;
END $$;

CREATE OR REPLACE FUNCTION audit_hash(head text, id bigint, action text, relation text, row_key text,
                                      unit_code text, before text, after text, reason text)
RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(concat_ws(',', head, city.audit_text(id::text), city.audit_text(action),
        city.audit_text(relation), city.audit_text(row_key), city.audit_text(unit_code),
        city.audit_text(before), city.audit_text(after), city.audit_text(reason)), 'UTF8'))
$$;

-- Write one row; returns its id. Not for anybody but the functions below.
CREATE OR REPLACE FUNCTION audit_write(action text, relation text, row_key text, unit_code text,
                                       before jsonb, after jsonb, reason text)
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    c audit_context := audit_context();
    number bigint := nextval('city.audit_id_seq');
BEGIN
    INSERT INTO audit (id, at, xid, cluster, account_id, username, role, database_user, address, request,
                       action, relation, row_key, unit_code, before, after, reason, hash)
    OVERRIDING SYSTEM VALUE
    VALUES (number, c.at, c.xid, c.cluster, c.account_id, c.username, c.role, c.database_user, c.address,
            c.request, action, relation, row_key, unit_code, before, after, reason,
            audit_hash(c.head, number, action, relation, row_key, unit_code, before::text, after::text,
                       reason));
    RETURN number;
END $$;

-- Put something on record that no trigger sees: a clear read, an export, a log-in. The words of the
-- triggers are refused, so that an entry about a change is always the work of a change.
CREATE OR REPLACE FUNCTION audit_record(action text, relation text, row_key text, unit_code text,
                                        before jsonb, after jsonb, reason text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, city, pg_temp AS $$
BEGIN
    IF action IN ('insert', 'update', 'delete', 'truncate') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'only a trigger records ' || action;
    END IF;
    RETURN audit_write(action, relation, row_key, unit_code, before, after, reason);
END $$;

-- Of a line or an area, enough to prove later which one it was: the shape itself is in the watched table,
-- whose versions are kept.
CREATE OR REPLACE FUNCTION audit_shape(shape geometry) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('sha256', encode(sha256(ST_AsBinary(shape, 'NDR')), 'hex'), 'bbox',
        jsonb_build_array(ST_XMin(shape), ST_YMin(shape), ST_XMax(shape), ST_YMax(shape)))
$$;

-- Tables of which only the number of rows of a statement is kept.
CREATE OR REPLACE FUNCTION audit_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    number bigint;
    rows jsonb;
BEGIN
    IF TG_OP = 'DELETE' THEN
        number := (SELECT count(*) FROM old_rows);
    ELSE
        number := (SELECT count(*) FROM new_rows);
    END IF;
    IF number > 0 THEN
        rows := jsonb_build_object('rows', number);
        PERFORM audit_write(lower(TG_OP), TG_TABLE_NAME, NULL, NULL,
                            CASE TG_OP WHEN 'DELETE' THEN rows END, CASE WHEN TG_OP <> 'DELETE' THEN rows END,
                            NULL);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION audit_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    number bigint;
BEGIN
    EXECUTE 'SELECT count(*) FROM ' || TG_RELID::regclass INTO number;
    PERFORM audit_write('truncate', TG_TABLE_NAME, NULL, NULL, jsonb_build_object('rows', number), NULL, NULL);
    RETURN NULL;
END $$;

-- Whoever may use a trigger function could hang it on a table of their own and record what never was.
REVOKE ALL ON FUNCTION audit_count(), audit_truncate() FROM PUBLIC;
