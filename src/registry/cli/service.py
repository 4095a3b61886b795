"""Commands that run the registry itself."""

from threading import Event, Thread
from typing import Annotated

import typer
from sqlalchemy import Engine

from registry import database, jobs
from registry.assessments import work as screening
from registry.cli.console import command, out
from registry.programme.calendar import work as deadlines
from registry.projects.lifecycle import work as validity
from registry.settings import settings

DAILY = {**validity.DAILY, **deadlines.DAILY}
STOPPING_SECONDS = 5.0
"""How long a stopping server waits for the step its worker is at; the job goes on when it starts again."""


def _handlers(engine: Engine) -> dict[str, jobs.Handler]:
    """Return what every kind of long work is done by: the one list of a running registry."""
    # Renderers load only in a process that works.
    from registry.assessments.prospects import work as prospecting  # noqa: PLC0415
    from registry.intake import export_work as exporting  # noqa: PLC0415
    from registry.intake import work as importing  # noqa: PLC0415
    from registry.packages import work as packaging  # noqa: PLC0415
    from registry.packages.release import work as releasing  # noqa: PLC0415
    from registry.portfolio.choosing import work as choosing  # noqa: PLC0415
    from registry.portfolio.scenarios import work as scenarios  # noqa: PLC0415
    from registry.projects.duplicates import matching  # noqa: PLC0415
    from registry.projects.notices import delivery  # noqa: PLC0415

    parts = (screening, prospecting, packaging, releasing, matching, delivery, choosing, scenarios, validity, deadlines)
    known = {kind: handler for part in parts for kind, handler in part.handlers(engine).items()}
    for part in (importing, exporting):
        known |= part.handlers(engine, settings().data_dir)
    return known


@command("migrate")
def migrate() -> None:
    """Bring the database to the newest version (升级数据库)."""
    database.migrate()
    out.print(f"数据库已就绪 database ready: {database.engine().url.render_as_string(hide_password=True)}")


@command("serve")
def serve(
    host: Annotated[str | None, typer.Option(help="Default: REGISTRY_HOST or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Default: REGISTRY_PORT or 8000.")] = None,
) -> None:
    """Serve the web application (启动网页服务)."""
    # The web stack loads only where it is needed.
    from registry.demo.people import DEMO_PASSWORD, SAMPLE_PEOPLE  # noqa: PLC0415
    from registry.web.app import serve as serve_web  # noqa: PLC0415
    from registry.web.pages.sign_in import DemoLogin  # noqa: PLC0415

    database.migrate()
    people = [person for person in SAMPLE_PEOPLE if person.is_shown and settings().is_demo]
    logins = [DemoLogin(person.login, DEMO_PASSWORD, person.organisation, person.role_en) for person in people]
    where = host or settings().host, port or settings().port
    out.print(f"http://{where[0]}:{where[1]}")
    stop = Event()
    engine = database.engine()
    how = {"stop": stop, "daily": DAILY}
    worker = Thread(target=jobs.work, args=(engine, _handlers(engine)), kwargs=how, name="worker")
    worker.start()
    try:
        serve_web(*where, demo_logins=logins)
    finally:
        stop.set()
        worker.join(STOPPING_SECONDS)


@command("work")
def work(
    is_once: Annotated[bool, typer.Option("--once", help="Stop when nothing waits; default: wait for more.")] = False,
) -> None:
    """Run waiting jobs: imports, screenings, packages, choices, scenarios … (执行后台任务). `serve` does so too.

    Once a day, whoever runs this: entries that are over or will be soon are expired and warned of, and offices are told
    of deadlines ahead.
    """
    database.migrate()
    engine = database.engine()
    known = _handlers(engine)
    if not is_once:
        jobs.work(engine, known, stop=Event(), daily=DAILY)
    jobs.ask_for_the_day(engine, DAILY, {})
    while (done := jobs.run_next(engine, known)) is not None:
        out.print(f"任务 {done} 已结束 job finished")
