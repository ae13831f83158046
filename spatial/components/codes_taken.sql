SELECT taken_component_codes(%(codes)s::text[]);
