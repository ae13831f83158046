-- Name the reader for the rest of the transaction: policies and the audit log read it.
SELECT set_config('citygrid.reader', %(reader)s, true);
