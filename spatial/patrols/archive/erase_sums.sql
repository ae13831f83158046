-- Sums that hold the time of whoever is erased are not read any more: the job process makes them anew.
UPDATE heat_summed AS s SET made_at = NULL
WHERE EXISTS (
    SELECT FROM unnest(%(days)s::date[]) AS d (day) WHERE d.day >= s.first_day AND d.day < s.first_day + s.days
);
