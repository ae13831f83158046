-- Fences, and who was in them when.

-- A polygon, or a point with a radius; it is for some movers or, when none is named, for everybody.
CREATE TABLE fence (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    geom geometry(GEOMETRY,4326) NOT NULL,
    radius_m double precision DEFAULT 0 NOT NULL,
    place_id bigint,
    unit_code text COLLATE "C",
    organisation_id bigint,
    movers bigint[] DEFAULT '{}' NOT NULL,
    starts time DEFAULT '00:00:00' NOT NULL,
    ends time DEFAULT '00:00:00' NOT NULL,
    days text DEFAULT 'all' NOT NULL,
    weekdays smallint[] DEFAULT '{1,2,3,4,5,6,7}' NOT NULL,
    min_dwell_s double precision DEFAULT 0 NOT NULL,
    join_s double precision DEFAULT 120 NOT NULL,
    worst_accuracy_m double precision DEFAULT 50 NOT NULL,
    notices boolean DEFAULT true NOT NULL,
    note text DEFAULT '' NOT NULL,
    retired_at timestamptz,
    edition integer DEFAULT 1 NOT NULL,
    recount_day date,
    account_id bigint,
    username text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_fence PRIMARY KEY (id),
    CONSTRAINT fk_fence_place_id FOREIGN KEY (place_id) REFERENCES place (id) ON DELETE SET NULL,
    CONSTRAINT fk_fence_organisation_id FOREIGN KEY (organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_fence_account_id FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE SET NULL,
    CONSTRAINT ck_fence_days CHECK (days IN ('all', 'working', 'off')),
    CONSTRAINT ck_fence_weekdays CHECK (cardinality(weekdays) BETWEEN 1 AND 7 AND 1 <= ALL (weekdays)
                                        AND 7 >= ALL (weekdays)),
    CONSTRAINT ck_fence_movers CHECK (cardinality(movers) <= 1000),
    CONSTRAINT ck_fence_measures CHECK (radius_m BETWEEN 0 AND 5000 AND min_dwell_s BETWEEN 0 AND 1800
                                        AND join_s BETWEEN 0 AND 1800 AND worst_accuracy_m BETWEEN 5 AND 500
                                        AND (geometrytype(geom) = 'POINT') = (radius_m > 0))
);
CREATE INDEX ix_fence_geom ON fence USING gist (geom);
CREATE INDEX ix_fence_place_id ON fence (place_id);
CREATE INDEX ix_fence_unit_code ON fence (unit_code);
CREATE INDEX ix_fence_organisation_id ON fence (organisation_id);

-- Part of one day: a visit over midnight has a row on each, and they are put together when they are read.
CREATE TABLE fence_visit (
    fence_id bigint NOT NULL,
    mover_id bigint NOT NULL,
    since timestamptz NOT NULL,
    day date NOT NULL,
    last_at timestamptz NOT NULL,
    until timestamptz,
    ended text,
    probability double precision NOT NULL,
    fixes integer NOT NULL,
    CONSTRAINT pk_fence_visit PRIMARY KEY (fence_id, mover_id, since),
    CONSTRAINT fk_fence_visit_fence_id FOREIGN KEY (fence_id) REFERENCES fence (id) ON DELETE CASCADE,
    CONSTRAINT fk_fence_visit_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE,
    CONSTRAINT ck_fence_visit_ended CHECK (ended IN ('left', 'hours', 'silent', 'midnight')),
    CONSTRAINT ck_fence_visit_until CHECK ((until IS NULL) = (ended IS NULL))
);
CREATE INDEX ix_fence_visit_mover_id ON fence_visit (mover_id, day);
CREATE INDEX ix_fence_visit_since ON fence_visit (since, fence_id, mover_id);
