SELECT find_sealed(%(id)s, %(digests)s);
