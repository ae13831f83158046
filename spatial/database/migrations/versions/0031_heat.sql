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

-- Days and blocks of days that the totals of all people are kept of; made_at: since when they are there.
CREATE TABLE heat_summed (
    days smallint NOT NULL,
    first_day date NOT NULL,
    made_at timestamptz,
    CONSTRAINT pk_heat_summed PRIMARY KEY (days, first_day)
);

-- The time of all people together, in pieces that lie near each other: by unit, and once more without units.
CREATE TABLE heat_total (
    level smallint NOT NULL,
    days smallint NOT NULL,
    first_day date NOT NULL,
    by_unit boolean NOT NULL,
    piece integer NOT NULL,
    west integer NOT NULL,
    north integer NOT NULL,
    east integer NOT NULL,
    south integer NOT NULL,
    entries bytea NOT NULL,
    CONSTRAINT pk_heat_total PRIMARY KEY (level, days, first_day, by_unit, piece)
) WITH (toast_tuple_target = 8160);
ALTER TABLE heat_total ALTER COLUMN entries SET STORAGE EXTERNAL;

-- What has changed in days since their totals were made: with it totals are always those of the rows. `owed` has the
-- lengths of the totals that do not hold it yet.
CREATE TABLE heat_late (
    id bigint GENERATED ALWAYS AS IDENTITY,
    level smallint NOT NULL,
    day date NOT NULL,
    owed smallint[] NOT NULL,
    since timestamptz DEFAULT now() NOT NULL,
    west integer NOT NULL,
    north integer NOT NULL,
    east integer NOT NULL,
    south integer NOT NULL,
    more bytea,
    less bytea,
    CONSTRAINT pk_heat_late PRIMARY KEY (id)
) WITH (toast_tuple_target = 8160);
CREATE INDEX ix_heat_late_level_day ON heat_late (level, day);
ALTER TABLE heat_late ALTER COLUMN more SET STORAGE EXTERNAL;
ALTER TABLE heat_late ALTER COLUMN less SET STORAGE EXTERNAL;

-- Told of every row of a day, whoever changes it: the grader, or a mover that goes with all its days. Blocks change by
-- what their days do. The lock is taken before it is looked which totals there are: who begins to keep a total
-- waits for all who have not looked for it, and they are in what it adds up.
CREATE FUNCTION heat_tell_late() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, city, pg_temp AS $$
DECLARE
    changed date := coalesce(NEW.first_day, OLD.first_day);
    lengths smallint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('citygrid heat totals', 0));
    SELECT array_agg(s.days) INTO lengths
    FROM unnest(ARRAY[1, 7, 28]::smallint[]) AS b (days)
    JOIN heat_summed AS s ON s.days = b.days AND s.first_day <= changed AND s.first_day > changed - b.days;
    IF lengths IS NOT NULL THEN
        INSERT INTO heat_late (level, day, owed, west, north, east, south, more, less)
        VALUES (coalesce(NEW.level, OLD.level), changed, lengths,
                least(OLD.west, NEW.west), least(OLD.north, NEW.north),
                greatest(OLD.east, NEW.east), greatest(OLD.south, NEW.south), NEW.entries, OLD.entries);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER late_added AFTER INSERT ON heat
FOR EACH ROW WHEN (NEW.days = 1) EXECUTE FUNCTION heat_tell_late();
CREATE TRIGGER late_changed AFTER UPDATE ON heat
FOR EACH ROW WHEN (OLD.days = 1 AND OLD.entries <> NEW.entries) EXECUTE FUNCTION heat_tell_late();
CREATE TRIGGER late_removed AFTER DELETE ON heat
FOR EACH ROW WHEN (OLD.days = 1) EXECUTE FUNCTION heat_tell_late();
