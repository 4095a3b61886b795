"""The JSON API under /api/v1. Every call needs somebody signed in, by session or by token."""

from litestar import Router

from registry.web.api import projects, tokens
from registry.web.auth import signed_in

api_router = Router("/api/v1", route_handlers=[*projects.handlers, *tokens.handlers], guards=[signed_in])
