SELECT file FROM network_import WHERE file IS NOT NULL;
