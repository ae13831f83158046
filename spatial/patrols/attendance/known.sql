SELECT id, kind, way FROM sign WHERE mover_id = %(mover)s AND client_id = %(client_id)s;
