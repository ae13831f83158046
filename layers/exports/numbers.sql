SELECT id FROM export;
