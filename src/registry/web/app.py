"""The web application: JSON API and pages over the same queries and operations."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import js_lib_htmx
import uvicorn
from litestar import Litestar
from litestar.concurrency import set_asyncio_executor
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader, State
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router
from sqlalchemy import Engine

from registry.database import engine as default_engine
from registry.errors import RegistryError
from registry.portfolio.keeping import KeptEvidence
from registry.settings import Settings
from registry.settings import settings as default_settings
from registry.web import errors, headers, hooks
from registry.web.api import api_router
from registry.web.api.display import display_router
from registry.web.api.public_comments import comments_router
from registry.web.auth import Authentication, Identities
from registry.web.openapi import OPENAPI, reference_page
from registry.web.pages import page_router
from registry.web.pages.display_comments import comment_limit
from registry.web.pages.sign_in import DemoLogin, SignInLimits
from registry.web.rendering import STATIC

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request; a handler that takes files raises it for itself."""
THREADS = 4
"""Handlers run in few threads: more only queue for the interpreter lock, and p99 grows with them."""
_HTMX = Path(js_lib_htmx.__file__).parent / "static" / "htmx"
_KEPT = CacheControlHeader(public=True, max_age=31_536_000, immutable=True)


def create_app(
    engine: Engine | None = None, settings: Settings | None = None, demo_logins: Sequence[DemoLogin] = ()
) -> Litestar:
    """Return the application on this database (the one of the settings unless given).

    The demo logins are shown on the sign-in page, and only where the settings say that this is a demo.
    """
    return Litestar(
        route_handlers=[
            api_router,
            display_router,
            comments_router,
            reference_page,
            page_router,
            create_static_files_router("/static", [STATIC], cache_control=_KEPT, include_in_schema=False),
            create_static_files_router("/lib", [_HTMX], cache_control=_KEPT, include_in_schema=False),
        ],
        middleware=[Authentication],
        before_request=hooks.check,
        before_send=[headers.secure],
        exception_handlers={
            RegistryError: errors.on_registry_error,
            HTTPException: errors.on_http_error,
            Exception: errors.on_unexpected,
        },
        openapi_config=OPENAPI,
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=2000, gzip_compress_level=1, exclude=["^/api"]
        ),
        request_max_body_size=LARGEST_BODY,
        state=app_state(engine or default_engine(), settings or default_settings(), demo_logins),
        logging_config=None,
        debug=False,
    )


def app_state(engine: Engine, settings: Settings, demo_logins: Sequence[DemoLogin] = ()) -> State:
    """Return all that one application remembers between requests; nothing else in it changes."""
    return State(
        {
            "engine": engine,
            "settings": settings,
            "identities": Identities(engine, is_demo=settings.is_demo),
            "evidence": KeptEvidence(engine),
            "sign_in_limits": SignInLimits(),
            "comment_limit": comment_limit(),
            "demo_logins": tuple(demo_logins),
        }
    )


def serve(host: str, port: int, demo_logins: Sequence[DemoLogin] = ()) -> None:
    """Serve until interrupted."""
    set_asyncio_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="request"))
    uvicorn.run(
        create_app(demo_logins=demo_logins),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
