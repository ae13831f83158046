SELECT file FROM plan_import WHERE file IS NOT NULL;
