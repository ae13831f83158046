-- Free numbers behind the last one that was issued for a county and class, whoever's the components; held until the end.
SELECT issue_component_numbers(%(prefix)s, %(many)s::integer, %(reserved)s::text[]);
