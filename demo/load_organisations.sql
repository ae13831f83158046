SELECT name, id FROM organisation
