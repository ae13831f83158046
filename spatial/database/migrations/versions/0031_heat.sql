-- Heat of patrols: the time of each mover by cell and hour, packed, as a pyramid of cells and of days.
-- One row a mover, so that nobody waits for anybody else's, rights are those of the mover, and people are counted
-- exactly. Rows are kept as they are, without looking for shorter ways to write them: they are read by thousands.
CREATE TABLE heat (
    level smallint NOT NULL,
    days smallint NOT NULL,
    first_day date NOT NULL,
    mover_id bigint NOT NULL,
    west integer NOT NULL,
    north integer NOT NULL,
    east integer NOT NULL,
    south integer NOT NULL,
    ms bigint NOT NULL,
    entries bytea NOT NULL,
    CONSTRAINT pk_heat PRIMARY KEY (level, days, first_day, mover_id),
    CONSTRAINT fk_heat_mover_id FOREIGN KEY (mover_id) REFERENCES mover (id) ON DELETE CASCADE
) PARTITION BY LIST (level);
CREATE INDEX ix_heat_mover_id_first_day ON heat (mover_id, first_day);
ALTER TABLE heat ALTER COLUMN entries SET STORAGE EXTERNAL;
CREATE TABLE heat_0 PARTITION OF heat FOR VALUES IN (0) WITH (toast_tuple_target = 8160, fillfactor = 90);
CREATE TABLE heat_1 PARTITION OF heat FOR VALUES IN (1) WITH (toast_tuple_target = 8160, fillfactor = 90);
CREATE TABLE heat_2 PARTITION OF heat FOR VALUES IN (2) WITH (toast_tuple_target = 8160, fillfactor = 90);
CREATE TABLE heat_3 PARTITION OF heat FOR VALUES IN (3) WITH (toast_tuple_target = 8160, fillfactor = 90);
CREATE TABLE heat_4 PARTITION OF heat FOR VALUES IN (4) WITH (toast_tuple_target = 8160, fillfactor = 90);
CREATE TABLE heat_5 PARTITION OF heat FOR VALUES IN (5) WITH (toast_tuple_target = 8160, fillfactor = 90);

-- Base grid units by the numbers that the records name them by.
CREATE TABLE heat_unit (
    id bigint GENERATED ALWAYS AS IDENTITY,
    code text COLLATE "C" NOT NULL,
    CONSTRAINT pk_heat_unit PRIMARY KEY (id),
    CONSTRAINT uq_heat_unit_code UNIQUE (code)
);

-- Blocks of days that are over: from folded_at on whoever changes a day changes its blocks too.
CREATE TABLE heat_block (
    days smallint NOT NULL,
    first_day date NOT NULL,
    folded_at timestamptz DEFAULT now() NOT NULL,
    shown_at timestamptz,
    held_at timestamptz,
    CONSTRAINT pk_heat_block PRIMARY KEY (days, first_day)
);

-- What readers see who may not see single tracks: parts of the city with enough people in a week.
CREATE TABLE heat_shown (
    level smallint NOT NULL,
    first_day date NOT NULL,
    unit_code text COLLATE "C" NOT NULL,
    west integer NOT NULL,
    north integer NOT NULL,
    east integer NOT NULL,
    south integer NOT NULL,
    entries bytea NOT NULL,
    CONSTRAINT pk_heat_shown PRIMARY KEY (level, first_day, unit_code)
) WITH (toast_tuple_target = 8160);
ALTER TABLE heat_shown ALTER COLUMN entries SET STORAGE EXTERNAL;
