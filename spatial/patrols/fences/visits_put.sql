INSERT INTO fence_visit (fence_id, mover_id, day, since, last_at, until, ended, probability, fixes)
VALUES (%(fence_id)s, %(mover)s, %(day)s, %(since)s, %(last_at)s, %(until)s, %(ended)s, %(probability)s, %(fixes)s);
