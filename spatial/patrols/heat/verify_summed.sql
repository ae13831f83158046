SELECT days, first_day FROM heat_summed
WHERE made_at IS NOT NULL AND first_day >= %(since)s AND first_day < %(until)s
ORDER BY first_day, days;
