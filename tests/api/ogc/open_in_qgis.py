"""Run by Debian's Python with QGIS: opens a project as its user does and says what is in it.

Reads {project, qlr, token, keys, images} from standard input; keys is a folder for QGIS's own store of keys,
in which the token stands. (That QGIS asks where a project names no key cannot be tried without its window.)
"""

import json
import os
import sys

job = json.load(sys.stdin)
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QGIS_AUTH_DB_DIR_PATH"] = job["keys"]

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeatureRequest,
    QgsLayerDefinition,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402


def log_in():
    """Put the token into QGIS's store."""
    manager = QgsApplication.authManager()
    assert manager.setMasterPassword("test", True)
    key = QgsAuthMethodConfig("Basic")
    key.setId("citygrd")
    key.setName("citygrid")
    key.setConfigMap({"username": "admin", "password": job["token"]})
    assert manager.storeAuthenticationConfig(key)


def described(layer):
    """Say what a layer is."""
    found = {
        "name": layer.name(),
        "valid": layer.isValid(),
        "scales": [layer.hasScaleBasedVisibility(), layer.minimumScale(), layer.maximumScale()],
        "attribution": layer.attribution(),
    }
    if isinstance(layer, QgsVectorLayer):
        # What has no feature yet has no kind of geometry for QGIS, and is drawn by nothing.
        renderer = layer.renderer()
        found |= {
            "count": layer.featureCount(),
            "renderer": renderer.type() if renderer else None,
            "classes": [item.label() for item in renderer.legendSymbolItems()] if renderer else [],
            "labels": layer.labelsEnabled(),
            "aliases": {field.name(): field.alias() for field in layer.fields()},
            "first": [feature.isValid() for feature in layer.getFeatures(QgsFeatureRequest().setLimit(1))],
        }
    return found


def draw(project, middle, width_m, path):
    """Draw the project as the canvas does; returns the errors."""
    centre = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), project.crs(), project
    ).transform(*middle)
    settings = QgsMapSettings()
    layers = [node.layer() for node in project.layerTreeRoot().findLayers()]
    settings.setLayers([layer for layer in layers if layer.isValid()])
    settings.setDestinationCrs(project.crs())
    settings.setTransformContext(project.transformContext())
    settings.setBackgroundColor(project.backgroundColor())
    settings.setOutputSize(QSize(1200, 900))
    settings.setOutputDpi(96)
    half = width_m / 2
    settings.setExtent(
        QgsRectangle(centre.x() - half, centre.y() - half * 0.75, centre.x() + half, centre.y() + half * 0.75)
    )
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    render = QgsMapRendererParallelJob(settings)
    render.start()
    render.waitForFinished()
    render.renderedImage().save(path)
    return [error.message for error in render.errors()]


application = QgsApplication([], False)
application.initQgis()
log_in()
project = QgsProject.instance()
answer = {"read": project.read(job["project"]), "title": project.title(), "crs": project.crs().authid()}
answer["tree"] = {
    group.name(): [node.layer().id() for node in group.findLayers()]
    for group in project.layerTreeRoot().children()
}
answer["layers"] = {identifier: described(layer) for identifier, layer in project.mapLayers().items()}
extent = project.viewSettings().defaultViewExtent()
answer["width_m"] = extent.width()
answer["errors"] = [
    error
    for name, width in (("city", 22_000), ("quarter", 4_000), ("block", 900))
    for error in draw(project, (116.31, 39.97), width, job["images"] + f"/{name}.png")
]
alone = QgsProject()
loaded, message = QgsLayerDefinition.loadLayerDefinition(job["qlr"], alone, alone.layerTreeRoot())
answer["qlr"] = [loaded, message, [described(layer) for layer in alone.mapLayers().values()]]
sys.stdout.write(json.dumps(answer))
sys.stdout.flush()
# QGIS 3.22 falls over its own feet when Python takes it down.
os._exit(0)
