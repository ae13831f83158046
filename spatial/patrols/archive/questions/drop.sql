DELETE FROM archive_question WHERE id = %(id)s AND account_id = %(account)s;
