UPDATE account SET
    display_name = %(display_name)s, disabled = %(disabled)s, role = %(role)s, reach = %(reach)s,
    area = %(area)s, organisation_id = %(organisation_id)s, worker_id = %(worker_id)s
WHERE id = %(id)s;
