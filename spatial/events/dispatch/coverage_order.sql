-- Special coverages in the order that they are asked: those that cover a part of the city only come first.
SELECT name FROM coverage WHERE name <> 'grids' ORDER BY complete, name;
