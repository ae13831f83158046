DELETE FROM fix_refusal WHERE day < current_date - %(days)s::integer;
