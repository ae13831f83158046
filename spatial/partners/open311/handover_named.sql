UPDATE handover SET service_request_id = %(reference)s WHERE id = %(id)s;
