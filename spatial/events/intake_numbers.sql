SELECT event_numbers(%(today)s::date, %(wanted)s::integer);
