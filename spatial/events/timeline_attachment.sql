SELECT digest, name, kind AS file_kind, at FROM event_attachment WHERE event_id = %(id)s ORDER BY at, digest;
