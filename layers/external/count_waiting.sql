SELECT count(*) FROM external_source WHERE account_id IS NOT DISTINCT FROM %(account_id)s AND state = 'asked';
