"""What there is to know of a layer as ISO 19115:2003 in the XML of ISO 19139 (gmd).

Elements stand in the order of the schema (gmd/metadataEntity.xsd, identification.xsd, distribution.xsd),
which is a sequence: a validator refuses any other.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from api.ogc.publication import Published
from layers.catalogue import Layer, credit

MEDIA_TYPE = "application/xml"
GMD, GCO, GML = (
    "http://www.isotc211.org/2005/gmd",
    "http://www.isotc211.org/2005/gco",
    "http://www.opengis.net/gml",
)
_CODES = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml"
_LANGUAGES = {"zh": "chi", "en": "eng"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What may not stand in an XML 1.0 document, whoever typed it."""
_SHAPES = {"point": "point", "line": "curve", "polygon": "surface", "geometry": "complex"}

for _prefix, _space in (("gmd", GMD), ("gco", GCO), ("gml", GML)):
    ElementTree.register_namespace(_prefix, _space)


def iso_19139(published: Published, url: str, language: str) -> bytes:
    """Write the metadata of a layer; url: of its collection."""
    layer = published.layer
    root = Element(f"{{{GMD}}}MD_Metadata")
    _text(root, "fileIdentifier", layer.name)
    _code(_add(root, "language"), "LanguageCode", _LANGUAGES[language])
    _code(_add(root, "characterSet"), "MD_CharacterSetCode", "utf8")
    _code(_add(root, "hierarchyLevel"), "MD_ScopeCode", "dataset")
    _contact(_add(root, "contact"), layer.about)
    _moment(_add(root, "dateStamp"), layer.published_at)
    _text(root, "metadataStandardName", "ISO 19115:2003/19139")
    _text(root, "metadataStandardVersion", "1.0")
    _representation(root, layer)
    _system(root, layer)
    _identification(root, published, language)
    _distribution(root, layer, url)
    _quality(root, layer)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="utf-8")


def _representation(root: Element, layer: Layer) -> None:
    vector = _add(root, "spatialRepresentationInfo", "MD_VectorSpatialRepresentation")
    objects = _add(vector, "geometricObjects", "MD_GeometricObjects")
    _code(_add(objects, "geometricObjectType"), "MD_GeometricObjectTypeCode", _SHAPES[layer.geometry_type])


def _system(root: Element, layer: Layer) -> None:
    identifier = _add(
        root, "referenceSystemInfo", "MD_ReferenceSystem", "referenceSystemIdentifier", "RS_Identifier"
    )
    _text(identifier, "code", str(layer.srid))
    _text(identifier, "codeSpace", "EPSG")


def _identification(root: Element, published: Published, language: str) -> None:
    layer, about = published.layer, published.layer.about
    data = _add(root, "identificationInfo", "MD_DataIdentification")
    citation = _add(data, "citation", "CI_Citation")
    _text(citation, "title", layer.title if language == "zh" else layer.title_en)
    _text(citation, "alternateTitle", layer.title_en if language == "zh" else layer.title)
    for kind, moment in (("creation", layer.created_at), ("revision", layer.published_at)):
        date = _add(citation, "date", "CI_Date")
        _moment(_add(date, "date"), moment)
        _code(_add(date, "dateType"), "CI_DateTypeCode", kind)
    identifier = _add(citation, "identifier", "MD_Identifier")
    _text(identifier, "code", layer.name)
    _text(data, "abstract", layer.description or layer.title)
    if credit(about):
        _text(data, "credit", credit(about))
    _contact(_add(data, "pointOfContact"), about)
    for kind, words in (("theme", about.get("keywords", [])), ("stratum", about.get("themes", []))):
        if words:
            keywords = _add(data, "descriptiveKeywords", "MD_Keywords")
            for word in words:
                _text(keywords, "keyword", str(word))
            _code(_add(keywords, "type"), "MD_KeywordTypeCode", kind)
    _constraints(data, about)
    _code(_add(data, "spatialRepresentationType"), "MD_SpatialRepresentationTypeCode", "vector")
    _code(_add(data, "language"), "LanguageCode", _LANGUAGES.get(str(about.get("language", "zh"))[:2], "chi"))
    _code(_add(data, "characterSet"), "MD_CharacterSetCode", "utf8")
    _add(data, "topicCategory", "MD_TopicCategoryCode").text = "planningCadastre"
    _extent(data, published)


def _constraints(data: Element, about: Mapping[str, Any]) -> None:
    if about.get("licence") or about.get("rights"):
        legal = _add(data, "resourceConstraints", "MD_LegalConstraints")
        _code(
            _add(legal, "useConstraints"),
            "MD_RestrictionCode",
            "license" if about.get("licence") else "otherRestrictions",
        )
        for each in filter(None, (about.get("licence"), about.get("rights"))):
            _text(legal, "otherConstraints", str(each))


def _extent(data: Element, published: Published) -> None:
    box, interval = published.extent.bbox, published.extent.interval
    if box is None and interval is None:
        return
    extent = _add(data, "extent", "EX_Extent")
    if box is not None:
        bounds = _add(extent, "geographicElement", "EX_GeographicBoundingBox")
        edges = {
            "westBoundLongitude": box.west, "eastBoundLongitude": box.east,
            "southBoundLatitude": box.south, "northBoundLatitude": box.north,
        }  # fmt: skip
        for name, value in edges.items():
            SubElement(_add(bounds, name), f"{{{GCO}}}Decimal").text = f"{value:.9f}"
    if interval is not None:
        period = _add(extent, "temporalElement", "EX_TemporalExtent", "extent")
        period = SubElement(period, f"{{{GML}}}TimePeriod", {f"{{{GML}}}id": "time"})
        for name, moment in zip(("beginPosition", "endPosition"), interval, strict=True):
            SubElement(period, f"{{{GML}}}{name}").text = _written(moment)


def _distribution(root: Element, layer: Layer, url: str) -> None:
    distribution = _add(root, "distributionInfo", "MD_Distribution")
    form = _add(distribution, "distributionFormat", "MD_Format")
    _text(form, "name", "GeoJSON")
    _text(form, "version", "RFC 7946")
    options = _add(distribution, "transferOptions", "MD_DigitalTransferOptions")
    online = _add(options, "onLine", "CI_OnlineResource")
    _add(online, "linkage", "URL").text = f"{url}/items"
    _text(online, "protocol", "OGC API - Features")
    _text(online, "name", layer.name)
    _code(_add(online, "function"), "CI_OnLineFunctionCode", "download")


def _quality(root: Element, layer: Layer) -> None:
    if not layer.about.get("lineage"):
        return
    quality = _add(root, "dataQualityInfo", "DQ_DataQuality")
    _code(_add(quality, "scope", "DQ_Scope", "level"), "MD_ScopeCode", "dataset")
    _text(_add(quality, "lineage", "LI_Lineage"), "statement", str(layer.about["lineage"]))


def _contact(parent: Element, about: Mapping[str, Any]) -> None:
    """Somebody must be named; who is not known is left open, as the standard's nilReason says."""
    given = about.get("contact")
    contact: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    party = _add(parent, "CI_ResponsibleParty")
    if contact.get("name"):
        _text(party, "individualName", str(contact["name"]))
    if contact.get("organisation") or not contact.get("name"):
        _text(party, "organisationName", str(contact.get("organisation", "")))
    if contact.get("phone") or contact.get("email"):
        info = _add(party, "contactInfo", "CI_Contact")
        if contact.get("phone"):
            _text(_add(info, "phone", "CI_Telephone"), "voice", str(contact["phone"]))
        if contact.get("email"):
            _text(_add(info, "address", "CI_Address"), "electronicMailAddress", str(contact["email"]))
    _code(_add(party, "role"), "CI_RoleCode", "pointOfContact")


def _add(parent: Element, *names: str) -> Element:
    """Add elements of gmd, each inside the last; gives the innermost."""
    for name in names:
        parent = SubElement(parent, f"{{{GMD}}}{name}")
    return parent


def _text(parent: Element, name: str, text: str) -> None:
    element = _add(parent, name)
    if not text:
        element.set(f"{{{GCO}}}nilReason", "missing")
    SubElement(element, f"{{{GCO}}}CharacterString").text = _NOT_XML.sub("", text)


def _code(parent: Element, name: str, value: str) -> None:
    code = SubElement(parent, f"{{{GMD}}}{name}", {"codeList": f"{_CODES}#{name}", "codeListValue": value})
    code.text = value


def _moment(parent: Element, moment: datetime | None) -> None:
    if moment is None:
        parent.set(f"{{{GCO}}}nilReason", "missing")
    SubElement(parent, f"{{{GCO}}}DateTime").text = _written(moment or datetime.now(UTC))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
