DELETE FROM alarm_sensor AS x USING alarm_state AS s WHERE s.id = x.state_id AND s.rule_id = %(rule)s;
