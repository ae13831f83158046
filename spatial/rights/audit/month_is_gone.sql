SELECT to_regclass(%(name)s) IS NULL
   AND NOT EXISTS (SELECT FROM audit WHERE at >= %(from)s AND at < %(until)s);
