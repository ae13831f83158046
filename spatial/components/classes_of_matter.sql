SELECT class_code, score FROM component_matter WHERE matter = %(category)s ORDER BY score DESC, class_code;
