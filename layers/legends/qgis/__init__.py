"""Looks and projects for QGIS 3.22 and later, written without QGIS: QML, QLR, QGS and QGZ."""
