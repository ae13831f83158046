SELECT 1 FROM import WHERE file = %(file)s AND ended_at IS NULL;
