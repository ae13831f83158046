-- Whether the reader sees a device.
SELECT FROM device WHERE id = %(device)s;
