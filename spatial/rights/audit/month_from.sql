-- The first month, from one on, that has rows or roots.
SELECT least(
    (SELECT date_trunc('month', min(at) AT TIME ZONE 'UTC')::date FROM audit WHERE at >= %(from)s),
    (SELECT min(month) FROM audit_root WHERE month >= %(month)s));
