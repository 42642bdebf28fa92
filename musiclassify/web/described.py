"""The OpenAPI document of a server: openapi.json, and in it what the models take that are there.

The file says what every server takes. A server knows its models, so its own document gives the exact form of the
features for each: a body that this schema takes is refused for its size alone (413). What no schema can say is left out
of it: of a model that needs two features at once, as many segments of each are described for up to `TOGETHER` segments.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from .documents import LARGEST, LONGEST_S, MAX_EXCERPTS, MAX_SEGMENTS, SHORTEST_S, shapes
from .library import Library

__all__ = ["describe", "described"]

TOGETHER = 12
"""Segments that are described of two features: an excerpt of 30 s has 6."""

Schema = dict[str, Any]
Shapes = tuple[tuple[str, tuple[int, ...]], ...]


@cache
def describe() -> Schema:
    """The OpenAPI document without models; it is not to be changed."""
    return json.loads((Path(__file__).parent / "openapi.json").read_text("utf-8"))


def described(library: Library) -> Schema:
    """The OpenAPI document of a server with these models.

    Parameters
    ----------
    library : Library

    Returns
    -------
    dict
        A document of its own.
    """
    document = copy.deepcopy(describe())
    schemas = document["components"]["schemas"]
    schemas["ModelName"]["enum"] = library.names
    alike: dict[Shapes, list[str]] = defaultdict(list)
    for name in library.names:
        alike[tuple(shapes(library.get(name)).items())].append(name)
    forms = []
    for number, (wanted, names) in enumerate(alike.items(), start=1):
        named = [] if library.default in names else ["model"]
        for form, schema in (("FeatureSong", _song(wanted)), ("FeatureMatrix", _matrix(wanted))):
            schema["required"] = named + schema["required"]
            schema["properties"]["model"] = {"type": "string", "enum": names}
            schemas[f"{form}{number}"] = schema
            forms.append({"$ref": f"#/components/schemas/{form}{number}"})
    for form in ("FeatureSong", "FeatureMatrix", "FeatureExcerpt", "Matrix"):
        del schemas[form]
    body = document["paths"]["/api/v1/classify-features"]["post"]["requestBody"]
    body["content"]["application/json"]["schema"] = {"anyOf": forms}
    return document


def _seconds(least: float) -> Schema:
    return {"type": "number", "minimum": least, "maximum": LONGEST_S}


def _array(shape: tuple[int, ...]) -> Schema:
    """A segment's numbers."""
    schema: Schema = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
    for size in reversed(shape):
        schema = {"type": "array", "minItems": size, "maxItems": size, "items": schema}
    return schema


def _segments(shape: tuple[int, ...], least: int, most: int) -> Schema:
    several = {"type": "array", "minItems": least, "maxItems": most, "items": _array(shape)}
    return {"anyOf": [several, _array(shape)]} if least == 1 else several


def _features(wanted: Shapes) -> Schema:
    """The features of a model, all of one number of segments."""
    required = [name for name, _ in wanted]
    if len(wanted) == 1:
        ((name, shape),) = wanted
        return {"required": required, "properties": {name: _segments(shape, 1, MAX_SEGMENTS)}}
    each = [{"properties": {name: _segments(shape, k, k) for name, shape in wanted}} for k in range(1, TOGETHER + 1)]
    return {"required": required, "properties": {}, "anyOf": each}


def _common() -> Schema:
    both = {"vote": {"$ref": "#/components/schemas/Vote"}, "with_embedding": {"type": "boolean", "default": False}}
    return both | {"duration_s": _seconds(SHORTEST_S) | {"description": "Of the song."}}


def _matrix(wanted: Shapes) -> Schema:
    """The features of a song that is one excerpt."""
    schema = {"type": "object"} | _features(wanted)
    never = {"excerpts": {"not": {}}, "start_s": {"not": {}}, "end_s": {"not": {}}}
    return schema | {"properties": schema["properties"] | _common() | never}


def _song(wanted: Shapes) -> Schema:
    """A song by its excerpts."""
    excerpt = {"type": "object"} | _features(wanted)
    lies = {"start_s": _seconds(0.0), "duration_s": _seconds(SHORTEST_S), "end_s": {"not": {}}}
    excerpt["properties"] = excerpt["properties"] | lies
    listed = {"type": "array", "minItems": 1, "maxItems": MAX_EXCERPTS, "items": excerpt}
    return {"type": "object", "required": ["excerpts"], "properties": _common() | {"excerpts": listed}}
