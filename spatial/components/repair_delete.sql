DELETE FROM component_repair WHERE component_id = %(component)s AND id = %(id)s;
