-- Taking a partition out waits for readers and writers of fixes, and every new one would wait behind it.
SET LOCAL lock_timeout = '500ms';
