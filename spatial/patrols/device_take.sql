UPDATE device_carrier SET until = %(since)s WHERE device_id = %(id)s AND (until IS NULL OR until > %(since)s);
