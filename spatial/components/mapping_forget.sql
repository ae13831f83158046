DELETE FROM component_mapping WHERE profile = %(profile)s AND code = %(code)s;
