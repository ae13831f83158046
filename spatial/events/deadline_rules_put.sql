INSERT INTO deadline_rule (category, urgency, stage, minutes, clock, warnings)
VALUES (%(category)s, %(urgency)s, %(stage)s, %(minutes)s, %(clock)s, %(warnings)s::smallint[]);
