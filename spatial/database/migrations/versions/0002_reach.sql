-- Whose a row is. Codes are compared as bytes (COLLATE "C"), so that the subtree of a unit is one range
-- of an index in every database, whatever its locale.

DROP VIEW districts, streets, communities, grids, places, components, events;

ALTER TABLE unit_version ALTER COLUMN code TYPE text COLLATE "C", ALTER COLUMN parent_code TYPE text COLLATE "C";
ALTER TABLE duty ALTER COLUMN unit_code TYPE text COLLATE "C";
ALTER TABLE worker ALTER COLUMN unit_code TYPE text COLLATE "C";
ALTER TABLE event ALTER COLUMN unit_code TYPE text COLLATE "C";

ALTER TABLE place ADD COLUMN unit_code text COLLATE "C";
ALTER TABLE component ADD COLUMN unit_code text COLLATE "C";
CREATE INDEX ix_place_unit_code ON place (unit_code);
CREATE INDEX ix_component_unit_code ON component (unit_code);

ALTER TABLE event ADD COLUMN organisation_id bigint
    CONSTRAINT fk_event_organisation_id REFERENCES organisation (id);
ALTER TABLE component ADD COLUMN organisation_id bigint
    CONSTRAINT fk_component_organisation_id REFERENCES organisation (id);
ALTER TABLE network ADD COLUMN organisation_id bigint
    CONSTRAINT fk_network_organisation_id REFERENCES organisation (id);
CREATE INDEX ix_event_organisation_id ON event (organisation_id);
CREATE INDEX ix_component_organisation_id ON component (organisation_id);

-- Accounts that were there before saw the whole city and go on doing so; new ones must say.
ALTER TABLE account
    ADD COLUMN reach text DEFAULT 'city' NOT NULL,
    ADD COLUMN area text COLLATE "C",
    ADD COLUMN organisation_id bigint CONSTRAINT fk_account_organisation_id REFERENCES organisation (id),
    ADD COLUMN worker_id bigint CONSTRAINT fk_account_worker_id REFERENCES worker (id),
    ADD CONSTRAINT ck_account_reach CHECK (
        CASE reach WHEN 'city' THEN area IS NULL WHEN 'area' THEN area IS NOT NULL
                   WHEN 'organisation' THEN area IS NULL AND organisation_id IS NOT NULL ELSE false END);
ALTER TABLE account ALTER COLUMN reach DROP DEFAULT;
CREATE INDEX ix_account_area ON account (area);

ALTER TABLE layer
    ADD COLUMN audience text DEFAULT 'all' NOT NULL,
    ADD COLUMN organisation_id bigint CONSTRAINT fk_layer_organisation_id REFERENCES organisation (id),
    ADD CONSTRAINT ck_layer_audience CHECK (audience IN ('all', 'granted'));
CREATE TABLE layer_grant (
    id bigint GENERATED ALWAYS AS IDENTITY,
    layer text NOT NULL,
    account_id bigint,
    organisation_id bigint,
    CONSTRAINT pk_layer_grant PRIMARY KEY (id),
    CONSTRAINT uq_layer_grant_layer_account_id_organisation_id UNIQUE NULLS NOT DISTINCT (layer, account_id, organisation_id),
    CONSTRAINT fk_layer_grant_layer FOREIGN KEY(layer) REFERENCES layer (name) ON DELETE CASCADE,
    CONSTRAINT fk_layer_grant_account_id FOREIGN KEY(account_id) REFERENCES account (id) ON DELETE CASCADE,
    CONSTRAINT fk_layer_grant_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id) ON DELETE CASCADE,
    CONSTRAINT ck_layer_grant_one_grantee CHECK (num_nonnulls(account_id, organisation_id) = 1)
);
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON layer_grant
FOR EACH STATEMENT EXECUTE FUNCTION announce_keys();

-- The version that places and components were last given their units by.
ALTER TABLE coverage ADD COLUMN stamped_version bigint
    CONSTRAINT fk_coverage_stamped_version REFERENCES coverage_version (id);

-- What session() says of the reader. Plain SQL, so that the planner sees through them to the settings.
CREATE FUNCTION my_account() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('citygrid.account', true), '')::bigint $$;
CREATE FUNCTION my_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('citygrid.role', true), '') $$;
CREATE FUNCTION my_reach() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('citygrid.reach', true), '') $$;
CREATE FUNCTION my_organisation() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('citygrid.organisation', true), '')::bigint $$;
CREATE FUNCTION my_worker() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('citygrid.worker', true), '')::bigint $$;
CREATE FUNCTION area_from() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('citygrid.area_from', true) $$;
CREATE FUNCTION area_until() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('citygrid.area_until', true) $$;
CREATE FUNCTION my_above() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('citygrid.above', true), ''), '{}')::text[] $$;

CREATE VIEW districts WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 1 AND upper_inf(sys) AND valid @> now();

CREATE VIEW streets WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 2 AND upper_inf(sys) AND valid @> now();

CREATE VIEW communities WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 3 AND upper_inf(sys) AND valid @> now();

CREATE VIEW grids WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 4 AND upper_inf(sys) AND valid @> now();

CREATE VIEW places WITH (security_invoker = true) AS
SELECT id, kind, name, name_en, address, risk_level, unit_code, source, generated, geom
FROM place;

CREATE VIEW components WITH (security_invoker = true) AS
SELECT c.id, c.code, c.class_code, k.name AS class_name, c.name, c.state, c.owner, c.upkeep,
       c.installed_on, c.unit_code, c.source, c.generated, c.geom
FROM component AS c
JOIN component_class AS k ON k.code = c.class_code;

CREATE VIEW events WITH (security_invoker = true) AS
SELECT e.id, e.no, e.category, m.name AS category_name, e.title, e.state, e.source, e.address,
       e.occurred_at, e.reported_at, e.closed_at, e.unit_code, e.ruling, o.name AS organisation,
       e.generated, e.geom
FROM event AS e
JOIN matter AS m ON m.code = e.category
LEFT JOIN organisation AS o ON o.id = e.organisation_id;
