DELETE FROM deadline_rule;
