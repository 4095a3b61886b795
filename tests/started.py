"""The web application as if it had just started, without registering its hundreds of routes again for each test."""

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cache

from litestar import Litestar
from litestar.events import SimpleEventEmitter
from sqlalchemy import Engine, create_engine

from registry.settings import Settings, load_settings
from registry.web.app import app_state, create_app
from registry.web.pages.sign_in import DemoLogin


def started_app(engine: Engine, settings: Settings | None = None, demo_logins: Sequence[DemoLogin] = ()) -> Litestar:
    """Return what `create_app` returns for these: the same routes, and a memory (`app_state`) of its own."""
    app = copy(_registered())
    # What begins and ends with a server is its own too: two may run at the same moment.
    app.asgi_router, app.event_emitter = copy(app.asgi_router), SimpleEventEmitter([])
    app.asgi_router.app = app
    app.state = app_state(engine, settings or replace(load_settings(), is_demo=False), demo_logins)
    return app


@cache
def _registered() -> Litestar:
    return create_app(create_engine("sqlite://"), load_settings())
