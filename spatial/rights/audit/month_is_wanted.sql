SELECT to_regclass(%(name)s) IS NULL
   AND NOT EXISTS (SELECT FROM audit_rest WHERE at >= %(from)s AND at < %(until)s);
