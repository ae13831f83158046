UPDATE heat_summed SET made_at = now() WHERE days = %(days)s AND first_day = %(first_day)s;
