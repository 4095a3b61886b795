"""Alembic environment: the same migrations for SQLite and PostgreSQL."""

import importlib
import pkgutil
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import TypeDecorator
from sqlmodel import SQLModel

import registry

for module in pkgutil.walk_packages(registry.__path__, "registry."):
    if module.name.endswith(".model") or module.name in {"registry.audit", "registry.jobs"}:
        importlib.import_module(module.name)


def render_plainly(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write column types as SQLAlchemy's own, so that an old migration never follows a later change of the product."""
    if kind == "type" and isinstance(item, TypeDecorator):
        length = getattr(item, "length", None) or getattr(item.impl, "length", None)
        name = type(item.impl).__name__
        arguments = f"length={length}" if length else "timezone=True" if name == "DateTime" else ""
        return f"sa.{name}({arguments})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_plainly,
)
with context.begin_transaction():
    context.run_migrations()
