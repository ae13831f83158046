-- Whether fixes of an archived day have come since: they lie with those of no day. Others stay there.
SELECT EXISTS (SELECT FROM archive_day WHERE day = (%(begin)s AT TIME ZONE 'UTC')::date)
       AND EXISTS (SELECT FROM fix_elsewhen WHERE time >= %(begin)s AND time < %(end)s);
