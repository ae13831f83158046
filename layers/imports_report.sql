SELECT layer, filename, sha256, features, problems, at FROM layer_report WHERE layer = %(layer)s;
