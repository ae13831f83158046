UPDATE network_import SET state = 'confirmed', wish = wish || %(wish)s, confirmed_at = now(), confirmed_by = %(username)s
WHERE id = %(id)s AND state = 'proposed';
