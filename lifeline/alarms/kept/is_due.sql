SELECT EXISTS (SELECT FROM alarm_feed)
    OR EXISTS (SELECT FROM alarm_state WHERE wake_at <= now())
    OR EXISTS (SELECT FROM alarm_rule WHERE must_match);
