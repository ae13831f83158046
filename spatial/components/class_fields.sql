UPDATE component_class SET fields = %(fields)s WHERE code = %(code)s;
