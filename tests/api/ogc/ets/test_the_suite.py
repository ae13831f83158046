"""Is the port whole: each method of the Java suite has its test, and says which it is."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
METHODS = {
    "GeneralHttp": 1, "LandingPage": 2, "ApiDefinition": 2, "Conformance": 1, "FeatureCollections": 5,
    "FeatureCollection": 2, "Features": 8, "FeaturesBBox": 10, "FeaturesLimit": 10, "FeaturesTime": 10,
    "FeaturesErrorConditions": 2, "Feature": 2,
}  # fmt: skip
"""Class of the core → number of its test methods: 55."""
CRS_METHODS = {
    "CrsRequirementClassPrecondition": 1, "DiscoveryCollectionsCrsUri": 4,
    "DiscoveryCollectionsDefaultCrs": 1,
    "DiscoveryCollectionsStorageCrs": 1, "DiscoveryCollectionCrsUri": 2, "DiscoveryCollectionDefaultCrs": 1,
    "DiscoveryCollectionStorageCrs": 1, "FeaturesCrsParameter": 1, "FeaturesCrsParameterDefault": 1,
    "FeaturesCrsParameterInvalid": 1, "FeaturesCrsParameterTransform": 2, "FeatureCrsParameter": 1,
    "FeatureCrsParameterDefault": 1, "FeatureCrsParameterInvalid": 1, "FeatureCrsParameterTransform": 2,
    "BBoxCrsParameter": 2, "BBoxCrsParameterDefault": 1, "BBoxCrsParameterInvalid": 1,
}  # fmt: skip
"""The same of Part 2: 25."""


def named(files: str) -> dict[str, int]:
    """Count the methods that docstrings of tests name, by class."""
    found: dict[str, set[str]] = {}
    for path in HERE.glob(files):
        text = path.read_text(encoding="utf-8")
        for method in re.findall(r'def test_\w+\([^)]*\) -> None:\n    """(\w+\.\w+)', text):
            found.setdefault(method.partition(".")[0], set()).add(method)
    return {name: len(methods) for name, methods in found.items()}


def test_all_55_methods_of_the_core_are_here() -> None:
    assert named("test_core_*.py") == METHODS
    assert sum(METHODS.values()) == 55


def test_all_25_methods_of_part_2_are_here() -> None:
    assert named("test_crs.py") == CRS_METHODS
    assert sum(CRS_METHODS.values()) == 25
