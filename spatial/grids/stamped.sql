UPDATE coverage SET stamped_version = %(version)s WHERE name = %(coverage)s;
