SELECT count(*) FROM archive_question WHERE account_id = %(account)s;
