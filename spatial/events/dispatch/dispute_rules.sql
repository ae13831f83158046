SELECT category, returns, border_m FROM dispute_rule ORDER BY category NULLS FIRST;
