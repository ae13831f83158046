SELECT EXISTS (SELECT FROM roster_policy WHERE mode <> 'all'), EXISTS (SELECT FROM roster_policy WHERE mode = 'mask');
