UPDATE event SET merged_into = %(into)s WHERE merged_into = %(id)s;
