SELECT gait FROM mover WHERE id = %(mover)s;
