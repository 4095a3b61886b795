"""The OpenAPI 3.1 document, and a small reference page that needs no other host."""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any, cast

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.enums import OpenAPIMediaType
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, Contact, License, SecurityScheme
from pydantic import BaseModel

from registry.errors import Finding
from registry.programme.cases.model import CaseFields
from registry.programme.financing_plan.document import PlanDocument
from registry.projects.model import Dossier
from registry.web.rendering import page, visit


class FindingOut(msgspec.Struct, rename={"message_zh": "message"}):
    """One flaw: where, what was found, what was expected."""

    path: str
    row: int | None
    column: str | None
    value: str | None
    code: str
    message_zh: str
    message_en: str
    severity: str


def findings_out(found: Iterable[Finding]) -> list[FindingOut]:
    """Return findings in their wire form."""
    return [
        FindingOut(
            each.path, each.row, each.column, each.value, each.code, each.message_zh, each.message_en, each.severity
        )
        for each in found
    ]


class Problem(msgspec.Struct):
    """Problem details of RFC 9457, with every finding at once."""

    type: str
    title: str
    status: int
    detail: str
    detail_en: str
    instance: str
    code: str
    findings: list[FindingOut]


def answers(data: Any, description: str, status: int = 200) -> dict[int, ResponseSpec]:
    """Document a good answer."""
    return {status: ResponseSpec(data, description=description, generate_examples=False)}


NOT_MODIFIED = {304: ResponseSpec(None, description="You hold this revision already", generate_examples=False)}


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """Document the problems a call may answer with."""
    from registry.web.errors import TITLES  # noqa: PLC0415 - errors renders pages, which this module also does

    return {
        status: ResponseSpec(
            Problem,
            media_type=cast("MediaType", "application/problem+json"),
            description="；".join(TITLES[status]),
            generate_examples=False,
        )
        for status in statuses
    }


class _JsonDocument(OpenAPIRenderPlugin):
    """Serves the document with the parts the framework cannot know: the body of raw calls."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return msgspec.json.encode(complete(openapi_schema))


OPENAPI = OpenAPIConfig(
    title="美丽城市项目登记 Beautiful City project registry",
    version=version("registry"),
    description="Money is a decimal string in 万元 (CNY 10 000), exact to the fen. A missing value is unknown.",
    contact=Contact(name="Registry administrator"),
    license=License(name="Apache-2.0", identifier="Apache-2.0"),
    components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
    security=[{"token": []}],
    path="/schema",
    render_plugins=[_JsonDocument()],
)


_DOCUMENT_PATHS: dict[str, type[BaseModel]] = {
    "/api/v1/projects": Dossier,
    "/api/v1/projects/{code}": Dossier,
    "/api/v1/projects/similar": Dossier,
    "/api/v1/projects/check": Dossier,
    "/api/v1/financing-plans/{number}": PlanDocument,
    "/api/v1/cases": CaseFields,
    "/api/v1/cases/{number}": CaseFields,
}
"""Path of a call to the document its body is."""
_READ_CONDITIONALLY = "/api/v1/projects/{code}"
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETag you hold; 304 when it is still the latest",
    "schema": {"type": "string"},
}


@cache
def document_schemas() -> dict[str, Any]:
    """Return the JSON Schema of every kind of document and of the records within them, by name."""
    found: dict[str, Any] = {}
    for model in dict.fromkeys(_DOCUMENT_PATHS.values()):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        found |= {**schema.pop("$defs", {}), model.__name__: schema}
    return found


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Add the schemas of documents and the bodies of the calls that take one."""
    components = document.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **document_schemas()}
    from registry.web.api import BODIES  # noqa: PLC0415 - the calls document their answers with this module

    shapes, described = msgspec.json.schema_components(BODIES.values(), ref_template="#/components/schemas/{name}")
    components["schemas"] |= described
    read = document["paths"][_READ_CONDITIONALLY]["get"]
    read["parameters"] = [*(item for item in read["parameters"] if item["in"] != "header"), _IF_NONE_MATCH]
    taken = {path: {"$ref": f"#/components/schemas/{model.__name__}"} for path, model in _DOCUMENT_PATHS.items()}
    taken |= dict(zip(BODIES, shapes, strict=True))
    for path, item in document["paths"].items():
        for method in ("post", "put"):
            if method in item and path in taken:
                content = {"application/json": {"schema": taken[path]}}
                item[method]["requestBody"] = {"required": True, "content": content}
    return document


@get("/reference", sync_to_thread=True, include_in_schema=False)
def reference_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show every call of the API, without a script or another host."""
    document = complete(request.app.openapi_schema.to_schema())
    calls = [
        {"method": method.upper(), "path": path, **call}
        for path, item in document["paths"].items()
        for method, call in item.items()
    ]
    schemas = document["components"]["schemas"]
    return page("reference.html", visit(request), calls=calls, schemas=schemas, info=document["info"])
