UPDATE login_attempt SET good = %(good)s WHERE id = %(id)s;
