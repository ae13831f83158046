-- Changing the partitions waits for readers of the log, and every writer would wait behind it.
SET LOCAL lock_timeout = '2s';
