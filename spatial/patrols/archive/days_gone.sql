SELECT day FROM archive_day
WHERE day >= (%(begin)s::timestamptz AT TIME ZONE 'UTC')::date
  AND day <= ((%(until)s::timestamptz - interval '1 microsecond') AT TIME ZONE 'UTC')::date
  AND gone_at IS NOT NULL AND (tier = 'dropped' OR %(mover)s::bigint = ANY (movers))
ORDER BY day;
