UPDATE component_mapping SET chosen = false WHERE profile = %(profile)s AND code = %(code)s AND chosen;
