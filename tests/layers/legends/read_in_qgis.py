"""Run by Debian's Python with QGIS: loads styles onto layers in memory and says what QGIS makes of them.

Reads a JSON list of jobs {file, geometry, fields, features, image} from standard input, answers each.
"""

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from qgis.core import (
    QgsApplication,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRectangle,
    QgsRenderContext,
    QgsSymbolLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize, QVariant

KINDS = {"string": QVariant.String, "double": QVariant.Double, "integer": QVariant.Int}
SHAPES = {
    "Point": "POINT({x} 0.5)",
    "LineString": "LINESTRING({x} 0.1, {x} 0.9)",
    "Polygon": "POLYGON(({x} 0.1, {x}.6 0.1, {x}.6 0.9, {x} 0.9, {x} 0.1))",
}


def made(job):
    """Make a layer in memory with the features of a job side by side, and load the style."""
    layer = QgsVectorLayer(f"{job['geometry']}?crs=EPSG:3857", "layer", "memory")
    fields = [QgsField(name, KINDS[kind]) for name, kind in job["fields"]]
    layer.dataProvider().addAttributes(fields)
    layer.updateFields()
    for number, values in enumerate(job["features"]):
        feature = QgsFeature(layer.fields())
        feature.setAttributes(values)
        feature.setGeometry(QgsGeometry.fromWkt(SHAPES[job["geometry"]].format(x=number)))
        layer.dataProvider().addFeature(feature)
    load = layer.loadSldStyle if job["file"].endswith(".sld") else layer.loadNamedStyle
    message, loaded = load(job["file"])
    return layer, message, loaded


def settings_of(layer, scale):
    """Make a map of the layer at a scale."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(600, 150))
    settings.setOutputDpi(96)
    half = scale * 0.0254 / 96 * 300
    settings.setExtent(QgsRectangle(3 - half, 0.5 - half / 4, 3 + half, 0.5 + half / 4))
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    return settings


def symbol_of(renderer, feature, context):
    """Name colour and size of what draws a feature, as QGIS evaluates it."""
    found = [symbol.clone() for symbol in renderer.originalSymbolsForFeature(feature, context) if symbol]
    if not found:
        return None
    # A rule for all others is always named here, though QGIS draws it only where no other rule holds.
    assert len(found) <= 2
    symbol = found[0]
    top = symbol.symbolLayer(symbol.symbolLayerCount() - 1)
    key = QgsSymbolLayer.PropertySize if symbol.type() == 0 else QgsSymbolLayer.PropertyStrokeWidth
    text = top.dataDefinedProperties().property(key).expressionString()
    expression = QgsExpression(text) if text else None
    assert expression is None or not expression.hasParserError(), expression.parserErrorString()
    size = expression.evaluate(context.expressionContext()) if expression else None
    return {
        "colour": symbol.color().name(),
        "type": top.layerType(),
        "size_mm": size,
        "pass": top.renderingPass(),
    }


def text_of(layer, feature, context):
    """Write the label of a feature."""
    labelling = layer.labeling()
    if labelling is None or not layer.labelsEnabled():
        return None
    settings = labelling.settings()
    expression = QgsExpression(
        settings.fieldName if settings.isExpression else QgsExpression.quotedColumnRef(settings.fieldName)
    )
    assert not expression.hasParserError(), expression.parserErrorString()
    context.expressionContext().setFeature(feature)
    return expression.evaluate(context.expressionContext())


def answer(job):
    """Say what QGIS made of one job."""
    layer, message, loaded = made(job)
    settings = settings_of(layer, job.get("scale", 2000))
    context = QgsRenderContext.fromMapSettings(settings)
    context.expressionContext().appendScope(QgsExpressionContextUtils.layerScope(layer))
    renderer = layer.renderer().clone()
    renderer.startRender(context, layer.fields())
    features = []
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        features.append(
            {"symbol": symbol_of(renderer, feature, context), "label": text_of(layer, feature, context)}
        )
    renderer.stopRender(context)
    if job.get("image"):
        draw = QgsMapRendererSequentialJob(settings_of(layer, job.get("scale", 44)))
        draw.start()
        draw.waitForFinished()
        draw.renderedImage().save(job["image"])
    return {
        "loaded": loaded,
        "message": message,
        "renderer": layer.renderer().type(),
        "legend": [item.label() for item in layer.renderer().legendSymbolItems()],
        "features": features,
        "scales": [layer.hasScaleBasedVisibility(), layer.minimumScale(), layer.maximumScale()],
        "aliases": [layer.attributeAlias(number) for number in range(layer.fields().count())],
    }


application = QgsApplication([], False)
application.initQgis()
answers = [answer(job) for job in json.load(sys.stdin)]
sys.stdout.write(json.dumps(answers))
sys.stdout.flush()
# QGIS 3.22 falls over its own feet when Python takes it down.
os._exit(0)
