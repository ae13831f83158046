UPDATE fence SET recount_day = %(next)s WHERE id = %(id)s;
