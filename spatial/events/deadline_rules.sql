SELECT category, urgency, stage, minutes, clock, warnings FROM deadline_rule ORDER BY stage, category, urgency;
