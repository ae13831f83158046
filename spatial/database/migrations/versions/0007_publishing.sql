-- Who published a layer, and which of its columns say whose a row is.
ALTER TABLE layer
    ADD COLUMN published_by bigint,
    ADD COLUMN unit_column text,
    ADD COLUMN organisation_column text,
    ADD COLUMN created_at timestamp with time zone DEFAULT now() NOT NULL,
    ADD CONSTRAINT fk_layer_published_by FOREIGN KEY (published_by) REFERENCES account (id) ON DELETE SET NULL;

-- What somebody asked to be published; the job process does it, because only the owner may make tables.
CREATE TABLE import (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account_id bigint DEFAULT nullif(current_setting('citygrid.account', true), '')::bigint,
    username text NOT NULL,
    action text NOT NULL,
    target text,
    file text,
    filename text,
    options jsonb DEFAULT '{}' NOT NULL,
    context jsonb DEFAULT '{}' NOT NULL,
    state text DEFAULT 'queued' NOT NULL,
    progress double precision DEFAULT 0 NOT NULL,
    layers text[] DEFAULT '{}' NOT NULL,
    problems jsonb DEFAULT '[]' NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT pk_import PRIMARY KEY (id),
    CONSTRAINT ck_import_state CHECK (state IN ('queued', 'running', 'done', 'refused', 'failed')),
    CONSTRAINT ck_import_action CHECK (action IN ('table', 'file', 'replace', 'sweep')),
    CONSTRAINT fk_import_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL
);
CREATE INDEX ix_import_state ON import (state) WHERE state IN ('queued', 'running');

-- What was found and mended in the file of a layer.
CREATE TABLE layer_report (
    layer text NOT NULL,
    filename text,
    sha256 text,
    features bigint NOT NULL,
    problems jsonb DEFAULT '[]' NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pk_layer_report PRIMARY KEY (layer),
    CONSTRAINT fk_layer_report_layer FOREIGN KEY (layer) REFERENCES layer (name) ON DELETE CASCADE
);

-- Tables and views outside of this schema whose rights we keep, for the layer that shows them.
CREATE TABLE published_table (
    schema text NOT NULL,
    relation text NOT NULL,
    layer text NOT NULL,
    id_column text NOT NULL,
    geometry_column text NOT NULL,
    unit_column text,
    organisation_column text,
    made boolean NOT NULL,
    mark text DEFAULT '' NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT pk_published_table PRIMARY KEY (schema, relation)
);

-- For views of ours over what we do not own: asks the policy of table layer as whoever reads, not as the
-- view's owner, because a function runs as its caller.
CREATE FUNCTION layer_is_seen(of_layer text) RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = city, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM layer AS l WHERE l.name = of_layer);
END $$;

-- Every process looks at the catalogue anew when it has changed.
CREATE FUNCTION note_layers() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('citygrid', '{"kind": "layers"}');
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION note_layers() FROM PUBLIC;
CREATE TRIGGER note_layers AFTER INSERT OR UPDATE OR DELETE ON layer
    FOR EACH STATEMENT EXECUTE FUNCTION note_layers();
CREATE TRIGGER note_layers AFTER INSERT OR UPDATE OR DELETE ON layer_grant
    FOR EACH STATEMENT EXECUTE FUNCTION note_layers();

CREATE FUNCTION note_import() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('citygrid_imports', '');
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION note_import() FROM PUBLIC;
CREATE TRIGGER note_import AFTER INSERT ON import FOR EACH STATEMENT EXECUTE FUNCTION note_import();

-- Changes of published features, on record like those of the platform's own tables. The trigger's arguments:
-- layer, identifier, geometry and unit column ('' for none). A statement on very many rows is counted only.
CREATE FUNCTION record_edit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, public, pg_temp AS $$
DECLARE
    old_text text := 'SELECT to_jsonb(o) AS row, o.' || quote_ident(TG_ARGV[1]) || '::text AS key, o.'
        || quote_ident(TG_ARGV[2]) || ' AS shape FROM old_rows AS o';
    new_text text := replace(old_text, 'FROM old_rows AS o', 'FROM new_rows AS o');
    none text := 'SELECT NULL::jsonb AS row, NULL::text AS key, NULL::geometry AS shape WHERE false';
    change record;
    number bigint;
    name text := 'layer.' || TG_ARGV[0];
BEGIN
    EXECUTE 'SELECT count(*) FROM (SELECT FROM ' || CASE TG_OP WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END
        || ' LIMIT 1001) AS few' INTO number;
    IF number > 1000 THEN
        EXECUTE 'SELECT count(*) FROM ' || CASE TG_OP WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END INTO number;
        PERFORM audit_write(lower(TG_OP), name, NULL, NULL, NULL, jsonb_build_object('rows', number), NULL);
        RETURN NULL;
    END IF;
    FOR change IN EXECUTE 'SELECT coalesce(n.key, o.key) AS key, o.key IS NULL AS is_new, n.key IS NULL AS is_gone,'
        || ' o.row - $1 || jsonb_build_object($1, audit_shape(o.shape)) AS before,'
        || ' n.row - $1 || jsonb_build_object($1, audit_shape(n.shape)) AS after'
        || ' FROM (' || CASE WHEN TG_OP = 'INSERT' THEN none ELSE old_text END || ') AS o FULL JOIN ('
        || CASE WHEN TG_OP = 'DELETE' THEN none ELSE new_text END || ') AS n ON n.key = o.key' USING TG_ARGV[2]
    LOOP
        CONTINUE WHEN change.before IS NOT DISTINCT FROM change.after;
        PERFORM audit_write(
            CASE WHEN change.is_new THEN 'insert' WHEN change.is_gone THEN 'delete' ELSE 'update' END,
            name, change.key, coalesce(change.after, change.before) ->> nullif(TG_ARGV[3], ''),
            CASE WHEN NOT change.is_new THEN change.before END,
            CASE WHEN NOT change.is_gone THEN change.after END, NULL);
    END LOOP;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION record_edit() FROM PUBLIC;
