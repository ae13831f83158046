DELETE FROM place_kind WHERE key = %(key)s;
