SELECT id, at FROM audit WHERE at >= %(from)s AND at < %(until)s ORDER BY at, id;
