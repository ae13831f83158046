SELECT layer, state, since, checked_at, answered_at, answer_ms, data_at, changed_at, features, error
FROM external_health;
