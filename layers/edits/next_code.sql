-- The number that follows the last one of a county and kind, whoever's the component; held until the end.
SELECT next_component_number(%(prefix)s);
