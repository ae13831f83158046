-- What a coverage is for and which rules it keeps, as data.
ALTER TABLE coverage
    ADD COLUMN kind text DEFAULT 'social' NOT NULL
        CONSTRAINT ck_coverage_kind CHECK (kind IN ('administrative', 'social', 'city_management', 'special')),
    ADD COLUMN profession text,
    ADD COLUMN within text CONSTRAINT fk_coverage_within REFERENCES coverage (name),
    ADD COLUMN within_level smallint,
    ADD COLUMN composed_of text CONSTRAINT fk_coverage_composed_of REFERENCES coverage (name),
    ADD COLUMN complete boolean DEFAULT true NOT NULL,
    ADD COLUMN limits jsonb DEFAULT '{}' NOT NULL;

-- The plan that a version was published by; none: published without one.
ALTER TABLE coverage_version ADD COLUMN plan_id bigint;
CREATE INDEX ix_coverage_version_plan_id ON coverage_version (plan_id) WHERE plan_id IS NOT NULL;

-- Who leads a unit, works in it and keeps in touch with it, in both clocks.
CREATE TABLE unit_person (
    id bigint GENERATED ALWAYS AS IDENTITY,
    unit_id uuid NOT NULL,
    worker_id bigint NOT NULL,
    role text NOT NULL,
    version_id bigint NOT NULL,
    valid tstzrange NOT NULL,
    sys tstzrange DEFAULT tstzrange(now(), null) NOT NULL,
    CONSTRAINT pk_unit_person PRIMARY KEY (id),
    CONSTRAINT ck_unit_person_role CHECK (role IN ('leader', 'worker', 'liaison')),
    CONSTRAINT ex_unit_person_once
        EXCLUDE USING gist (unit_id WITH =, worker_id WITH =, role WITH =, valid WITH &&, sys WITH &&),
    CONSTRAINT fk_unit_person_unit_id FOREIGN KEY (unit_id) REFERENCES unit (id),
    CONSTRAINT fk_unit_person_worker_id FOREIGN KEY (worker_id) REFERENCES worker (id),
    CONSTRAINT fk_unit_person_version_id FOREIGN KEY (version_id) REFERENCES coverage_version (id)
);
CREATE INDEX ix_unit_person_worker_id ON unit_person (worker_id);

-- Which special area a base unit belongs to, in both clocks.
CREATE TABLE composition (
    id bigint GENERATED ALWAYS AS IDENTITY,
    coverage text NOT NULL,
    unit_id uuid NOT NULL,
    base_unit uuid NOT NULL,
    valid tstzrange NOT NULL,
    sys tstzrange DEFAULT tstzrange(now(), null) NOT NULL,
    CONSTRAINT pk_composition PRIMARY KEY (id),
    CONSTRAINT ex_composition_once
        EXCLUDE USING gist (coverage WITH =, base_unit WITH =, valid WITH &&, sys WITH &&),
    CONSTRAINT fk_composition_coverage FOREIGN KEY (coverage) REFERENCES coverage (name),
    CONSTRAINT fk_composition_unit_id FOREIGN KEY (unit_id) REFERENCES unit (id),
    CONSTRAINT fk_composition_base_unit FOREIGN KEY (base_unit) REFERENCES unit (id)
);

-- What became of a unit in a version: which part of it lies in which unit now. The weights of one unit add up to 1.
CREATE TABLE lineage (
    id bigint GENERATED ALWAYS AS IDENTITY,
    version_id bigint NOT NULL,
    coverage text NOT NULL,
    from_unit uuid,
    to_unit uuid,
    kind text NOT NULL,
    area_m2 double precision NOT NULL,
    w_area double precision,
    w_population double precision,
    w_households double precision,
    w_events double precision,
    CONSTRAINT pk_lineage PRIMARY KEY (id),
    CONSTRAINT ck_lineage_kind CHECK (kind IN ('continue', 'reshape', 'split', 'merge', 'transfer', 'migrate',
                                               'rename', 'recode', 'retire', 'draw')),
    CONSTRAINT ck_lineage_one_end CHECK (from_unit IS NOT NULL OR to_unit IS NOT NULL),
    CONSTRAINT fk_lineage_version_id FOREIGN KEY (version_id) REFERENCES coverage_version (id),
    CONSTRAINT fk_lineage_coverage FOREIGN KEY (coverage) REFERENCES coverage (name),
    CONSTRAINT fk_lineage_from_unit FOREIGN KEY (from_unit) REFERENCES unit (id),
    CONSTRAINT fk_lineage_to_unit FOREIGN KEY (to_unit) REFERENCES unit (id)
);
CREATE INDEX ix_lineage_version_id ON lineage (version_id);
CREATE INDEX ix_lineage_from_unit ON lineage (from_unit);
CREATE INDEX ix_lineage_to_unit ON lineage (to_unit);

-- The history of one unit.
CREATE INDEX ix_unit_version_version_id ON unit_version (version_id);
CREATE INDEX ix_unit_version_unit_id ON unit_version (unit_id);

UPDATE coverage SET code_profile = '6+3+3+3', kind = 'social',
                    limits = '{"households": [300, 500], "contiguous": true, "min_area_m2": 1000}'
WHERE name = 'grids';

INSERT INTO coverage (name, title, title_en, kind, profession, levels, code_profile, tolerance_m, within,
                      within_level, composed_of, complete, limits) VALUES
('micro_grids', '微网格', 'Micro-grids', 'social', NULL, ARRAY['micro_grid'], 'grid+2', 0, 'grids', 4, NULL, false,
 '{"households": [30, 100], "contiguous": true, "min_area_m2": 200}'),
('unit_grids', '单元网格', 'Unit grids of city management', 'city_management', NULL, ARRAY['unit_grid'], '12+3', 0,
 'grids', 3, NULL, false, '{"area_target_m2": 10000, "contiguous": true, "min_area_m2": 1000}'),
('police', '警务区', 'Police areas', 'special', 'police', ARRAY['police_area'], 'local', 0, NULL, NULL, 'grids', true,
 '{"contiguous": true}'),
('school', '学区', 'School catchments', 'special', 'school', ARRAY['school_area'], 'local', 0, NULL, NULL, 'grids', false,
 '{}'),
('hospital', '医疗服务区', 'Hospital service areas', 'special', 'hospital', ARRAY['hospital_area'], 'local', 0, NULL, NULL,
 'grids', false, '{}'),
('evaluation', '评价网格', 'Evaluation grids', 'special', 'evaluation', ARRAY['evaluation_grid'], 'local', 0, NULL, NULL,
 'grids', false, '{"contiguous": true}'),
('sanitation', '环卫作业区', 'Street cleaning areas', 'special', 'sanitation', ARRAY['sanitation_area'], 'local', 0, NULL,
 NULL, 'grids', true, '{}');

-- The moment that views of units are asked about: now, unless the transaction says another.
CREATE FUNCTION as_of() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('citygrid.as_of', true), '')::timestamptz, now()) $$;

CREATE OR REPLACE VIEW districts WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 1 AND upper_inf(sys) AND valid @> (SELECT as_of());

CREATE OR REPLACE VIEW streets WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 2 AND upper_inf(sys) AND valid @> (SELECT as_of());

CREATE OR REPLACE VIEW communities WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 3 AND upper_inf(sys) AND valid @> (SELECT as_of());

CREATE OR REPLACE VIEW grids WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'grids' AND level = 4 AND upper_inf(sys) AND valid @> (SELECT as_of());

CREATE VIEW micro_grids WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'micro_grids' AND level = 1 AND upper_inf(sys) AND valid @> (SELECT as_of());

CREATE VIEW unit_grids WITH (security_invoker = true) AS
SELECT code, name, name_en, parent_code, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'unit_grids' AND level = 1 AND upper_inf(sys) AND valid @> (SELECT as_of());

CREATE VIEW police_areas WITH (security_invoker = true) AS
SELECT code, name, name_en, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'police' AND level = 1 AND upper_inf(sys) AND valid @> (SELECT as_of());

CREATE VIEW school_areas WITH (security_invoker = true) AS
SELECT code, name, name_en, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'school' AND level = 1 AND upper_inf(sys) AND valid @> (SELECT as_of());

CREATE VIEW hospital_areas WITH (security_invoker = true) AS
SELECT code, name, name_en, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'hospital' AND level = 1 AND upper_inf(sys) AND valid @> (SELECT as_of());

CREATE VIEW evaluation_grids WITH (security_invoker = true) AS
SELECT code, name, name_en, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'evaluation' AND level = 1 AND upper_inf(sys) AND valid @> (SELECT as_of());

CREATE VIEW sanitation_areas WITH (security_invoker = true) AS
SELECT code, name, name_en, generated, evidence, area_m2, label, geom
FROM unit_version
WHERE coverage = 'sanitation' AND level = 1 AND upper_inf(sys) AND valid @> (SELECT as_of());
