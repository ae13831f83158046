SELECT count(*) FROM adapter;
