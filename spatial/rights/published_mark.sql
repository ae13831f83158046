UPDATE published_table SET mark = %(mark)s WHERE schema = %(schema)s AND relation = %(relation)s;
