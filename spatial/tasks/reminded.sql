UPDATE task SET remind_at = %(at)s, reminders = %(reminders)s WHERE id = %(task)s;
