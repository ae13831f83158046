SELECT clear_cipher(%(id)s);
