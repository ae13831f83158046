SELECT code, id FROM heat_unit WHERE code = ANY (%(codes)s::text[]);
