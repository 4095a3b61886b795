"""`registry demo`: what `make run` loads once; a nation of any size for screens and benches."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from registry import database
from registry.accounts.queries import actor_by_login
from registry.cli.console import acting, command, err, governing_date, out, print_table
from registry.demo.bank_desk import add_bank_desk
from registry.demo.loading import load_demo
from registry.demo.nation_loading import load_nation
from registry.demo.people import BANK_LOGIN, CITY_LOGIN, DEMO_PASSWORD, SAMPLE_PEOPLE
from registry.demo.showing import show_nation
from registry.packages.files import kept_path, write_whole
from registry.packages.release.operations import release_package
from registry.projects.documents.store import open_store
from registry.projects.duplicates.keys import ask_for_matching
from registry.settings import settings

Projects = Annotated[
    int, typer.Option("--projects", min=0, max=10_000_000, help="Size of the nation of invented projects; 0: none.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed makes the same projects.")]


@command("demo")
def demo(projects: Projects = 400, seed: Seed = 1) -> None:
    """Load the demo registry once: published records, a nation of invented projects, one package (加载示例数据)."""
    database.migrate()
    with database.writing() as session:
        loaded = load_demo(session, today=governing_date(None))
    folder = settings().data_dir / "packages"
    if loaded is not None:
        result = loaded.published
        out.print(
            f"已加载示例项目 {len(loaded.invented)} 个、投融资方案 {len(loaded.plans)} 份（均标注示例数据）；"
            f"公开披露项目 {result.created} 个，退回 {result.rejected} 行，问题 {len(result.findings)} 项"
        )
        out.print(f"融资对接材料包 financing package: {_package(loaded.invented[0], folder)}")
    else:
        out.print("示例数据已在库中，未重复加载 The demo is loaded already")
        for path in sorted(folder.glob("*.zip")):
            out.print(f"融资对接材料包 financing package: {path}")
    if projects:
        _nation(projects, seed)
    with database.writing() as session:
        add_bank_desk(session, actor_by_login(session, BANK_LOGIN))
    people = [(person.login, DEMO_PASSWORD, person.organisation) for person in SAMPLE_PEOPLE]
    print_table("示例账号 sample logins", ("用户名", "密码", "机构"), people)


def _package(code: str, folder: Path) -> Path:
    """Release the package of a project to the sample bank, and leave a copy where people look for files."""
    with acting(None) as (session, _):
        owner = actor_by_login(session, CITY_LOGIN)
        bank = actor_by_login(session, BANK_LOGIN)
    given = release_package(
        database.engine(),
        owner,
        code,
        bank_id=bank.organisation_id or 0,
        as_of=governing_date(None),
        reason="示例：供贷前审查",
        store=open_store(settings()),
    )
    target = folder / given.file_name
    write_whole(target, kept_path(given.content_sha256).read_bytes())
    return target


def _nation(projects: int, seed: int) -> None:
    start = time.perf_counter()
    with Progress(console=err) as progress:
        task = progress.add_task("示例项目 demo projects", total=projects)
        created = load_nation(
            database.engine(),
            projects,
            seed,
            store=open_store(settings()),
            report=lambda done: progress.update(task, completed=done),
        )
    with database.writing() as session:
        ask_for_matching(session)
    today = governing_date(None)
    shown = show_nation(database.engine(), projects, seed, store=open_store(settings()), today=today)
    if shown:
        out.print(f"公开展示 public display: {shown} 个示例项目和案例，无需登录即可查看 /display")
    seconds = time.perf_counter() - start
    out.print(
        f"全国示例 demo nation: 新增 {created} 个项目 created，已有 {projects - created} 个 there already，"
        f"种子 seed {seed}，{seconds:.1f} s（均标注示例数据；登录名 logins: city-330100, province-330000 …）"
    )
