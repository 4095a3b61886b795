"""Server-rendered pages."""

from litestar import Router

from registry.web.pages import (
    account,
    applications,
    audit,
    banks,
    documents,
    eligibility,
    home,
    imports,
    money,
    oidc,
    packages,
    portfolio,
    project_form,
    projects,
    rules,
    sign_in,
)

# One router, because the framework calls a handler wrongly when its path is registered on the application twice.
page_router = Router(
    "/",
    route_handlers=[
        *sign_in.handlers,
        *oidc.handlers,
        *account.handlers,
        *audit.handlers,
        *home.handlers,
        *projects.handlers,
        *project_form.handlers,
        *money.handlers,
        *packages.handlers,
        *eligibility.handlers,
        *rules.handlers,
        *imports.handlers,
        *applications.handlers,
        *documents.handlers,
        *banks.handlers,
        *portfolio.handlers,
    ],
)
