SELECT day, {columns}, {sums}
FROM figure
WHERE cube = %(cube)s AND basis = %(basis)s AND day >= %(since)s AND day < %(until)s {filters}
UNION ALL
SELECT day, {columns}, {sums}
FROM figure_change
WHERE basis = %(basis)s AND day >= %(since)s AND day < %(until)s {filters}
