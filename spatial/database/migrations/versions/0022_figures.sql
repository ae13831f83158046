-- Grouped figures of events, kept exactly. A change of `event` only adds rows to figure_change, negative ones too,
-- so no two writers wait for each other; fold.sql beside spatial/events/figures adds them up into `figure`.
-- Both together are what there is, at every moment and for everybody.
-- basis 0: all that became of an event counts on the day it was reported; 1: each step on its own day.
CREATE TABLE figure_change (
    id bigint GENERATED ALWAYS AS IDENTITY,
    basis smallint NOT NULL,
    day date NOT NULL,
    unit_code text COLLATE "C",
    organisation_id bigint,
    source text NOT NULL,
    category text NOT NULL,
    worker_id bigint,
    reported integer NOT NULL,
    merged integer NOT NULL,
    valid integer NOT NULL,
    invalid integer NOT NULL,
    accepted integer NOT NULL,
    filed integer NOT NULL,
    dispatched integer NOT NULL,
    handled integer NOT NULL,
    on_time integer NOT NULL,
    late integer NOT NULL,
    verified integer NOT NULL,
    closed integer NOT NULL,
    returned integer NOT NULL,
    returns integer NOT NULL,
    redispatched integer NOT NULL,
    redispatches integer NOT NULL,
    CONSTRAINT pk_figure_change PRIMARY KEY (id)
);

-- cube: which of the columns of a change are kept apart, and whether by day or by month; null where they are not.
-- unit_code is that of a level: rows of a unit hold all that lies in it, so the range of an area's codes holds too.
CREATE TABLE figure (
    id bigint GENERATED ALWAYS AS IDENTITY,
    cube smallint NOT NULL,
    basis smallint NOT NULL,
    day date NOT NULL,
    unit_code text COLLATE "C",
    organisation_id bigint,
    source text,
    category text,
    worker_id bigint,
    reported integer NOT NULL,
    merged integer NOT NULL,
    valid integer NOT NULL,
    invalid integer NOT NULL,
    accepted integer NOT NULL,
    filed integer NOT NULL,
    dispatched integer NOT NULL,
    handled integer NOT NULL,
    on_time integer NOT NULL,
    late integer NOT NULL,
    verified integer NOT NULL,
    closed integer NOT NULL,
    returned integer NOT NULL,
    returns integer NOT NULL,
    redispatched integer NOT NULL,
    redispatches integer NOT NULL,
    CONSTRAINT pk_figure PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_figure_cell ON figure
    (cube, basis, day, unit_code, organisation_id, source, category, worker_id) NULLS NOT DISTINCT;

-- Whoever counts each step on its own day finds the events of these days by it. Events lie in the order of their
-- reports, so their steps nearly do; the few that took long are kept apart within each range of pages.
CREATE INDEX ix_event_steps ON event USING brin (
    accepted_at timestamptz_minmax_multi_ops, filed_at timestamptz_minmax_multi_ops,
    dispatched_at timestamptz_minmax_multi_ops, handled_at timestamptz_minmax_multi_ops,
    verified_at timestamptz_minmax_multi_ops, closed_at timestamptz_minmax_multi_ops
) WITH (autosummarize = on);

-- Days are those of the city's clock.
CREATE FUNCTION figure_day(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (at AT TIME ZONE 'Asia/Shanghai')::date
$$;

-- Write the statement that adds what changed: `added` and `removed` name relations that hold rows of event ('' for
-- none). It is executed by who sees these relations: those of a trigger are seen in no function but its own.
CREATE FUNCTION figuring(added text, removed text) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = city, public, pg_temp AS $$
DECLARE
    half text := 'SELECT %s AS n, unit_code, organisation_id, source, category, worker_id, merged_into, valid,
        handled_on_time, returned_count, redispatched_count, reported_at, accepted_at, filed_at, dispatched_at,
        handled_at, verified_at, closed_at FROM %s';
    halves text[] := ARRAY[]::text[];
BEGIN
    IF added <> '' THEN
        halves := halves || format(half, 1, added);
    END IF;
    IF removed <> '' THEN
        halves := halves || format(half, -1, removed);
    END IF;
    RETURN 'WITH changed AS (' || array_to_string(halves, ' UNION ALL ') || '), facts AS (
        SELECT 0::smallint AS basis, figure_day(reported_at) AS day,
               unit_code, organisation_id, source, category, worker_id,
               n AS reported, n * (merged_into IS NOT NULL)::int AS merged,
               n * (valid IS TRUE)::int AS valid, n * (valid IS FALSE)::int AS invalid,
               n * (accepted_at IS NOT NULL)::int AS accepted, n * (filed_at IS NOT NULL)::int AS filed,
               n * (dispatched_at IS NOT NULL)::int AS dispatched, n * (handled_at IS NOT NULL)::int AS handled,
               n * (handled_on_time IS TRUE)::int AS on_time, n * (handled_on_time IS FALSE)::int AS late,
               n * (verified_at IS NOT NULL)::int AS verified, n * (closed_at IS NOT NULL)::int AS closed,
               n * (returned_count > 0)::int AS returned, n * returned_count AS returns,
               n * (redispatched_count > 0)::int AS redispatched, n * redispatched_count AS redispatches
        FROM changed
        UNION ALL
        SELECT 1, figure_day(at), unit_code, organisation_id, source, category, worker_id,
               n * (step = 1)::int, n * (step = 1 AND merged_into IS NOT NULL)::int,
               n * (valid IS TRUE AND step = judged)::int, n * (valid IS FALSE AND step = judged)::int,
               n * (step = 2)::int, n * (step = 3)::int, n * (step = 4)::int, n * (step = 5)::int,
               n * (step = 5 AND handled_on_time IS TRUE)::int, n * (step = 5 AND handled_on_time IS FALSE)::int,
               n * (step = 6)::int, n * (step = 7)::int, 0, 0, 0, 0
        FROM changed, LATERAL (VALUES
                 (1, reported_at), (2, accepted_at), (3, filed_at), (4, dispatched_at), (5, handled_at),
                 (6, verified_at), (7, closed_at)
             ) AS s (step, at),
             LATERAL (SELECT CASE WHEN accepted_at IS NULL THEN 1 ELSE 2 END) AS j (judged)
        WHERE at IS NOT NULL
    )
    INSERT INTO figure_change (basis, day, unit_code, organisation_id, source, category, worker_id,
        reported, merged, valid, invalid, accepted, filed, dispatched, handled, on_time, late, verified, closed,
        returned, returns, redispatched, redispatches)
    SELECT basis, day, unit_code, organisation_id, source, category, worker_id,
           sum(reported)::integer, sum(merged)::integer, sum(valid)::integer, sum(invalid)::integer,
           sum(accepted)::integer, sum(filed)::integer, sum(dispatched)::integer, sum(handled)::integer,
           sum(on_time)::integer, sum(late)::integer, sum(verified)::integer, sum(closed)::integer,
           sum(returned)::integer, sum(returns)::integer, sum(redispatched)::integer, sum(redispatches)::integer
    FROM facts
    GROUP BY basis, day, unit_code, organisation_id, source, category, worker_id
    HAVING sum(reported) <> 0 OR sum(merged) <> 0 OR sum(valid) <> 0 OR sum(invalid) <> 0 OR sum(accepted) <> 0
    OR sum(filed) <> 0 OR sum(dispatched) <> 0 OR sum(handled) <> 0 OR sum(on_time) <> 0 OR sum(late) <> 0 OR
    sum(verified) <> 0 OR sum(closed) <> 0 OR sum(returned) <> 0 OR sum(returns) <> 0 OR sum(redispatched) <> 0
    OR sum(redispatches) <> 0';
END $$;

CREATE FUNCTION count_figures() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = city, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM figure_change;
        DELETE FROM figure;
    ELSE
        EXECUTE figuring(CASE WHEN TG_OP <> 'DELETE' THEN 'after_rows' ELSE '' END,
                         CASE WHEN TG_OP <> 'INSERT' THEN 'before_rows' ELSE '' END);
    END IF;
    RETURN NULL;
END $$;

-- New events have a function with the statement written out: so its plan is kept, and one report plans nothing.
DO $make$ BEGIN
    EXECUTE format(
        'CREATE FUNCTION count_new_figures() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
         SET search_path = city, public, pg_temp AS %L',
        'BEGIN ' || figuring('after_rows', '') || '; RETURN NULL; END');
END $make$;
REVOKE ALL ON FUNCTION figuring(text, text), count_figures(), count_new_figures() FROM PUBLIC;

CREATE TRIGGER figure_insert AFTER INSERT ON event REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_new_figures();
CREATE TRIGGER figure_update AFTER UPDATE ON event REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_figures();
CREATE TRIGGER figure_delete AFTER DELETE ON event REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_figures();
CREATE TRIGGER figure_truncate AFTER TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION count_figures();

-- What there is already.
DO $$ BEGIN EXECUTE figuring('event', ''); END $$;
