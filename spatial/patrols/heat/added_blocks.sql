SELECT days, first_day FROM heat_block WHERE first_day >= %(since)s AND first_day < %(until)s;
