SELECT day FROM unnest(%(days)s::date[]) AS day WHERE fix_day(day);
