UPDATE alarm_state SET wake_at = %(now)s WHERE rule_id = %(rule)s AND rule_edition < %(edition)s;
