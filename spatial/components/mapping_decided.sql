SELECT true FROM component_mapping
WHERE profile = %(profile)s AND code = %(code)s AND chosen AND evidence = %(by_hand)s;
