SELECT EXISTS (SELECT FROM roll_call WHERE next_at <= %(now)s);
