SELECT figure_day(reported_at) AS day, unit_code, organisation_id, source, category, worker_id, units, {counts}
FROM event
WHERE reported_at >= %(since_at)s AND reported_at < %(until_at)s {filters}
