UPDATE heat_block SET shown_at = now() WHERE days = %(days)s AND first_day = %(first_day)s;
