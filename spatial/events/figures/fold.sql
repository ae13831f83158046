-- Add up what changes have left: each into the cells it belongs to, by day or by month. The changes go in the same
-- statement, so whoever reads counts them once. One folds at a time: fold_lock.sql comes before.
WITH gone AS (
    DELETE FROM figure_change
    WHERE id IN (SELECT id FROM figure_change ORDER BY id LIMIT %(most)s)
    RETURNING *
), spread AS (
    SELECT c.*, basis,
           reported, merged, valid, invalid, accepted, filed, dispatched, handled, on_time, late, verified,
           closed, returned, returns, redispatched, redispatches
    FROM gone, LATERAL (VALUES
        (1::smallint, day, left(unit_code, 12), NULL::bigint, NULL::text, NULL::text, NULL::bigint),
        (2, date_trunc('month', day)::date, unit_code, NULL, NULL, NULL, NULL),
        (3, day, left(unit_code, 9), NULL, gone.source, NULL, NULL),
        (4, day, left(unit_code, 6), NULL, NULL, gone.category, NULL),
        (5, date_trunc('month', day)::date, left(unit_code, 9), NULL, NULL, gone.category, NULL),
        (6, day, NULL, gone.organisation_id, NULL, NULL, NULL),
        (7, date_trunc('month', day)::date, left(unit_code, 9), gone.organisation_id, NULL, NULL, NULL),
        (8, date_trunc('month', day)::date, left(unit_code, 9), NULL, NULL, NULL, gone.worker_id)
    ) AS c (cube, starts, unit, organisation, src, matter, worker)
), added AS (
    INSERT INTO figure (cube, basis, day, unit_code, organisation_id, source, category, worker_id,
                        reported, merged, valid, invalid, accepted, filed, dispatched, handled, on_time, late,
                        verified, closed, returned, returns, redispatched, redispatches)
    SELECT cube, basis, starts, unit, organisation, src, matter, worker,
           sum(reported)::integer, sum(merged)::integer, sum(valid)::integer, sum(invalid)::integer,
           sum(accepted)::integer, sum(filed)::integer, sum(dispatched)::integer, sum(handled)::integer,
           sum(on_time)::integer, sum(late)::integer, sum(verified)::integer, sum(closed)::integer,
           sum(returned)::integer, sum(returns)::integer, sum(redispatched)::integer, sum(redispatches)::integer
    FROM spread
    GROUP BY cube, basis, starts, unit, organisation, src, matter, worker
    ORDER BY cube, basis, starts, unit
    ON CONFLICT (cube, basis, day, unit_code, organisation_id, source, category, worker_id) DO UPDATE SET
        reported = figure.reported + excluded.reported,
        merged = figure.merged + excluded.merged,
        valid = figure.valid + excluded.valid,
        invalid = figure.invalid + excluded.invalid,
        accepted = figure.accepted + excluded.accepted,
        filed = figure.filed + excluded.filed,
        dispatched = figure.dispatched + excluded.dispatched,
        handled = figure.handled + excluded.handled,
        on_time = figure.on_time + excluded.on_time,
        late = figure.late + excluded.late,
        verified = figure.verified + excluded.verified,
        closed = figure.closed + excluded.closed,
        returned = figure.returned + excluded.returned,
        returns = figure.returns + excluded.returns,
        redispatched = figure.redispatched + excluded.redispatched,
        redispatches = figure.redispatches + excluded.redispatches
)
SELECT count(*) FROM gone;
