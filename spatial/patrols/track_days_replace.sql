INSERT INTO track_day (mover_id, day, edition, parameters, fixes, good, verdicts, distance_m, moving_s, standing_s,
                       first_at, last_at, stays, trips)
VALUES (%(mover_id)s, %(day)s, %(edition)s, %(parameters)s, %(fixes)s, %(good)s, %(verdicts)s, %(distance_m)s,
        %(moving_s)s, %(standing_s)s, %(first_at)s, %(last_at)s, %(stays)s, %(trips)s)
ON CONFLICT (mover_id, day) DO UPDATE
SET edition = excluded.edition, parameters = excluded.parameters, graded_at = now(), fixes = excluded.fixes,
    good = excluded.good, verdicts = excluded.verdicts, distance_m = excluded.distance_m,
    moving_s = excluded.moving_s, standing_s = excluded.standing_s, first_at = excluded.first_at,
    last_at = excluded.last_at, stays = excluded.stays, trips = excluded.trips;
