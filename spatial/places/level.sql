UPDATE place SET risk_level = %(level)s, risk_reason = %(reason)s WHERE id = %(id)s;
