-- In which datum devices tell places.
SELECT id, coalesce(profile ->> 'datum', 'wgs84') FROM device WHERE id = ANY (%(devices)s);
