-- Of the changes that the transaction sees the totals it makes owe nothing any more.
UPDATE heat_late SET owed = array_remove(owed, %(days)s::smallint)
WHERE day >= %(first_day)s AND day < %(until)s AND %(days)s::smallint = ANY (owed);
