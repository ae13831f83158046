SELECT policyname FROM pg_policies WHERE schemaname = %(schema)s AND tablename = %(relation)s ORDER BY 1;
