SELECT levels FROM coverage WHERE name = %(coverage)s;
