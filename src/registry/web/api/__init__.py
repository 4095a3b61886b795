"""The JSON API under /api/v1. Every call needs somebody signed in, by session or by token."""

from typing import Any

from litestar import Router

from registry.web.api import (
    applications,
    assessments,
    banks,
    city_papers,
    comments,
    documents,
    duplicates,
    financing_plans,
    imports,
    indicators,
    libraries,
    missing,
    mixes,
    notices,
    package_batches,
    packages,
    people,
    portfolio,
    project_list,
    projects,
    rehearsals,
    reviews,
    selections,
    tokens,
    zones,
)
from registry.web.hooks import check_signed_in

BODIES: dict[str, Any] = {
    **assessments.BODIES,
    **rehearsals.BODIES,
    **applications.BODIES,
    **documents.BODIES,
    **financing_plans.BODIES,
    **banks.BODIES,
    **imports.BODIES,
    **mixes.BODIES,
    **selections.BODIES,
    **duplicates.BODIES,
    **people.BODIES,
    **comments.BODIES,
    **notices.BODIES,
    **reviews.BODIES,
    **packages.BODIES,
    **package_batches.BODIES,
    **zones.BODIES,
    **city_papers.BODIES,
    **indicators.BODIES,
}
"""Path of a call to the structure of its body, for the OpenAPI document; a project's is the dossier."""

api_router = Router(
    "/api/v1",
    route_handlers=[
        *project_list.handlers,
        *projects.handlers,
        *assessments.handlers,
        *libraries.handlers,
        *rehearsals.handlers,
        *tokens.handlers,
        *imports.handlers,
        *applications.handlers,
        *documents.handlers,
        *financing_plans.handlers,
        *banks.handlers,
        *mixes.handlers,
        *selections.handlers,
        *duplicates.handlers,
        *people.handlers,
        *comments.handlers,
        *missing.handlers,
        *notices.handlers,
        *reviews.handlers,
        *packages.handlers,
        *package_batches.handlers,
        *portfolio.handlers,
        *zones.handlers,
        *city_papers.handlers,
        *indicators.handlers,
    ],
    before_request=check_signed_in,
)
