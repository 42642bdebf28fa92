"""Values drawn from a JSON schema, as large as the real ones: for schemas too large for hypothesis."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["draw"]


def draw(schema: dict[str, Any], document: dict[str, Any], rng: np.random.Generator) -> Any:
    """A value that `schema` takes: its bounds now and then, the least number of items mostly.

    Parameters
    ----------
    schema : dict
        Of the kind that the API's document uses: no patterns, no conditions.
    document : dict
        Where ``$ref`` leads.
    """
    if "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return draw(found, document, rng)
    if "anyOf" in schema:
        one = schema["anyOf"][rng.integers(len(schema["anyOf"]))]
        return draw(_joined({k: v for k, v in schema.items() if k != "anyOf"}, one), document, rng)
    if "const" in schema or "enum" in schema:
        choices = schema.get("enum", [schema.get("const")])
        return choices[rng.integers(len(choices))]
    return _KINDS[schema["type"]](schema, document, rng)


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return one | other | {"properties": one.get("properties", {}) | other.get("properties", {})}


def _object(schema: dict[str, Any], document: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    names = [name for name, inner in schema.get("properties", {}).items() if inner != {"not": {}}]
    chosen = [name for name in names if name in schema.get("required", ()) or rng.random() < 0.5]
    more = {"of no meaning": [None, "x"]} if rng.random() < 0.2 else {}
    return {name: draw(schema["properties"][name], document, rng) for name in chosen} | more


def _array(schema: dict[str, Any], document: dict[str, Any], rng: np.random.Generator) -> list[Any]:
    least, most = schema.get("minItems", 0), schema.get("maxItems", 10)
    size = least if least == most else min(most, least + int(rng.geometric(0.4)) - 1)
    items = schema["items"]
    if items.get("type") == "number" and size > 30:  # one draw for a whole row
        return rng.uniform(items["minimum"], items["maximum"], size).round(int(rng.integers(3))).tolist()
    return [draw(items, document, rng) for _ in range(size)]


def _number(schema: dict[str, Any], _: dict[str, Any], rng: np.random.Generator) -> float:
    low, high = schema["minimum"], schema["maximum"]
    return [low, high, int(high), float(rng.uniform(low, high)), float(low + 1e-9), float(high - 1e-9)][rng.integers(6)]


_KINDS = {
    "object": _object,
    "array": _array,
    "number": _number,
    "boolean": lambda schema, document, rng: bool(rng.integers(2)),
}
