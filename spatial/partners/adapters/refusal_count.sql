SELECT count(*) FROM (
    SELECT FROM adapter_refusal WHERE adapter_id = %(adapter)s AND state = 'waiting' LIMIT %(most)s
) AS waiting;
