DELETE FROM fix_extra WHERE time < now() - %(days)s * interval '1 day';
