"""Read a layer in headless QGIS as an analyst would; run by Debian's Python, prints what it saw as JSON.

python3 qgis_reads.py ADDRESS COLLECTION USERNAME TOKEN FILTER
"""

import json
import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import Qgis, QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer


def read(address: str, collection: str, username: str, token: str, expression: str) -> dict:
    """Open, count, read all pages, filter by an attribute and by a window."""
    uri = f"url='{address}' typename='{collection}' username='{username}' password='{token}'"
    layer = QgsVectorLayer(uri, collection, "OAPIF")
    if not layer.isValid():
        return {"valid": False, "error": layer.error().summary()}
    identifiers = [each.id() for each in layer.getFeatures()]
    extent = layer.extent()
    window = QgsRectangle(extent.xMinimum(), extent.yMinimum(), extent.center().x(), extent.center().y())
    chosen = QgsFeatureRequest().setFilterExpression(expression)
    return {
        "valid": True,
        "version": Qgis.QGIS_VERSION,
        "count": layer.featureCount(),
        "read": len(identifiers),
        "distinct": len(set(identifiers)),
        "fields": {field.name(): field.typeName() for field in layer.fields()},
        "crs": layer.crs().authid(),
        "box": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
        "filtered": sum(1 for _ in layer.getFeatures(chosen)),
        "in_window": sum(1 for _ in layer.getFeatures(QgsFeatureRequest(window))),
        "window": [window.xMinimum(), window.yMinimum(), window.xMaximum(), window.yMaximum()],
    }


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    print(json.dumps(read(*sys.argv[1:])))  # noqa: T201
    application.exitQgis()
