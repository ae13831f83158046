SELECT figure_day(at) AS day, unit_code, organisation_id, source, category, worker_id, units, {counts}
FROM event, LATERAL (VALUES {steps}) AS s (step, holds, at)
WHERE ({within}) AND holds AND at >= %(since_at)s AND at < %(until_at)s {filters}
