"""JSON Schema of the files of a pack, for editors: generated from the structures the loader reads."""

from typing import Any

import msgspec

from registry.eligibility.model import Case, PackHead, Parameter, Rule

FILES: dict[str, Any] = {
    "pack": PackHead,
    "rules": list[Rule],
    "parameters": dict[str, Parameter],
    "cases": list[Case],
}


def pack_schema() -> dict[str, Any]:
    """Return one schema whose definitions `pack`, `rules`, `parameters` and `cases` describe the files of a pack."""
    shapes, components = msgspec.json.schema_components(FILES.values(), ref_template="#/$defs/{name}")
    named = dict(zip(FILES, shapes, strict=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "规则包 Rule pack",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in named],
        "$defs": {**named, **components},
    }
