"""What every command shares: how it prints, how it refuses, and who acts."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.table import Table
from sqlmodel import Session

from registry import database
from registry.accounts.model import Actor
from registry.accounts.operations import ensure_operator
from registry.accounts.queries import actor_by_login
from registry.errors import Finding, InvalidInput, RegistryError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="美丽城市项目登记 · Beautiful City project registry",
)


@app.callback()
def _program() -> None:
    """美丽城市项目登记 · Beautiful City project registry."""


# Without this call-back the library would take the only command imported for the whole program.


def group(name: str, help_text: str) -> typer.Typer:
    """Add a group of commands, such as `registry rules …`."""
    sub = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=help_text)
    app.add_typer(sub, name=name)
    return sub


_FILE_WIDTH = 160
"""Columns of output that goes to a file or a pipe, where no terminal says how wide it is."""
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else _FILE_WIDTH)
err = Console(stderr=True, soft_wrap=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
As = Annotated[str | None, typer.Option("--as", help="Act as this user; default: the operator, who sees everything.")]
Preview = Annotated[bool, typer.Option("--preview", help="Say what would change, and change nothing.")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Governing date; default: today."),
]
Code = Annotated[str, typer.Argument(help="Project code, such as ML-0000001.")]

P = ParamSpec("P")


def command(name: str, *, of: typer.Typer = app) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Register a command whose refusals end in a sentence and exit status 1, never in a traceback."""

    def register(function: Callable[P, None]) -> Callable[P, None]:
        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                function(*args, **kwargs)
            except RegistryError as error:
                fail(error, is_json=bool(kwargs.get("is_json")))

        of.command(name)(guarded)
        return function

    return register


def fail(error: RegistryError, *, is_json: bool) -> None:
    """Say what was refused and why, then exit with status 1."""
    if is_json:
        findings = [finding.as_dict() for finding in error.findings]
        print_json(
            {"error": error.code, "message": error.message_zh, "message_en": error.message_en, "findings": findings}
        )
    else:
        err.print(f"{error.message_zh}\n{error.message_en}", style="red")
        print_findings(error.findings)
    raise typer.Exit(1)


def print_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=str, allow_nan=False) + "\n")


def print_findings(findings: Sequence[Finding]) -> None:
    """List findings for people, worst first."""
    order = {"error": 0, "warning": 1, "info": 2}
    for finding in sorted(findings, key=lambda item: order[item.severity]):
        where = f"第 {finding.row} 行 {finding.column or ''}" if finding.row else finding.path
        value = "" if finding.value is None else f"（所填：{finding.value}）"
        err.print(f"  [{finding.severity}] {where}：{finding.message_zh}{value}", markup=False)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table for people; a missing value shows as a dash."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("—" if cell is None else str(cell) for cell in row))
    out.print(table)


@contextmanager
def acting(login: str | None, *, is_writer: bool = False, is_preview: bool = False) -> Iterator[tuple[Session, Actor]]:
    """Open a session on a migrated database and say who acts in it; what a preview writes is forgotten."""
    database.migrate()
    if login is None:
        with database.writing() as session:
            operator = ensure_operator(session)
    opened = database.rehearsing if is_preview else database.writing if is_writer else database.reading
    with opened() as session:
        yield session, operator if login is None else actor_by_login(session, login)


def read_json(path: Path) -> Any:
    """Read a JSON file a person gave us. Raises InvalidInput, naming the place, when it is none."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        finding = Finding(path.name, "not-json", f"无法读取 JSON 文件：{error}", f"cannot be read as JSON: {error}")
        raise InvalidInput.of([finding]) from None


def given_file(path: Path) -> bytes:
    """Return a file a person names. Raises InvalidInput when there is none."""
    if not path.is_file():
        raise InvalidInput.of([Finding(path.name, "no-such-file", f"没有文件 {path}", f"There is no file {path}")])
    return path.read_bytes()


def governing_date(as_of: datetime | None) -> date:
    """Return the date the rules are asked for."""
    return as_of.date() if as_of else date.today()  # noqa: DTZ011 - the clerk's own calendar day is meant
