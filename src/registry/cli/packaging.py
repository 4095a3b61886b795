"""Commands on what leaves the registry: package, summary-table, release."""

import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import typer
from rich.progress import Progress

from registry import database, jobs
from registry.accounts.model import Actor
from registry.accounts.queries import organisation_named
from registry.audit import parsed_json
from registry.cli.console import (
    As,
    AsOf,
    Code,
    Json,
    acting,
    command,
    err,
    governing_date,
    group,
    out,
    print_json,
    print_table,
)
from registry.errors import Finding, InvalidInput, RegistryError
from registry.packages.files import write_whole
from registry.packages.operations import Variant, write_package, write_variant
from registry.packages.release.operations import release_package, withdraw_release
from registry.packages.release.queries import ReleasedPackage, list_releases
from registry.packages.signature import Signer
from registry.packages.summary_table import summary_table_xlsx
from registry.packages.work import enqueue_packages, handlers
from registry.projects.documents.store import open_store
from registry.projects.queries import list_codes
from registry.settings import settings

POLL_SECONDS = 0.5
PASSWORD = "REGISTRY_SIGNATURE_PASSWORD"  # noqa: S105 - the name of the variable


class Kind(StrEnum):
    """What is written for a project."""

    FULL = "full"
    TEASER = "teaser"
    BOND_PLAN = "bond-plan"


class BatchFailed(RegistryError):
    """A job on many packages did not come to its end."""

    code = "batch-failed"


@command("package")
def package(
    codes: Annotated[list[str] | None, typer.Argument(help="Project codes, such as ML-0000001.")] = None,
    folder: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path(),
    is_all: Annotated[bool, typer.Option("--all", help="Every project you may see.")] = False,
    kind: Annotated[Kind, typer.Option("--variant", help="The whole package, or one part alone.")] = Kind.FULL,
    key: Annotated[
        Path | None, typer.Option("--sign", help=f"Sign with this PKCS#12 key; its password stands in {PASSWORD}.")
    ] = None,
    as_of: AsOf = None,
    login: As = None,
    is_json: Json = False,
) -> None:
    """Write financing packages; many are a job that goes on where it was cut off (生成融资对接材料包)."""
    if bool(codes) == is_all:
        raise typer.BadParameter("give project codes, or --all")
    if key is not None and (kind is not Kind.FULL or is_all or len(codes or ()) > 1):
        raise typer.BadParameter("--sign takes one whole package")
    if kind is not Kind.FULL or (codes is not None and len(codes) == 1):
        _one_by_one(codes, folder, kind, as_of, login, key, is_json=is_json)
    else:
        _many(codes, folder, as_of, login, is_json=is_json)


def _one_by_one(
    codes: list[str] | None, folder: Path, kind: Kind, as_of: Any, login: str | None, key: Path | None, *, is_json: bool
) -> None:
    day = governing_date(as_of)
    signer = None if key is None else Signer.from_pkcs12(key, os.environ.get(PASSWORD, ""))
    with acting(login) as (session, actor):
        wanted = codes or list_codes(session, actor)
    engine, store = database.engine(), open_store(settings())
    written: list[dict[str, Any]] = []
    for code in wanted:
        if kind is Kind.FULL:
            made = write_package(engine, actor, code, folder, as_of=day, store=store, signer=signer)
            written.append({"file": str(made.path), "manifest": made.manifest_digest})
        else:
            paths = write_variant(engine, actor, code, folder, as_of=day, variant=cast("Variant", kind.value))
            written += [{"file": str(path)} for path in paths]
    if is_json:
        print_json(written[0] if len(written) == 1 else written)
        return
    for each in written:
        out.print(each["file"])
        if "manifest" in each:
            out.print(f"清单摘要 manifest SHA-256: {each['manifest']}")


def _many(codes: list[str] | None, folder: Path, as_of: Any, login: str | None, *, is_json: bool) -> None:
    with acting(login, is_writer=True) as (session, actor):
        wanted = codes or list_codes(session, actor)
        job_id = enqueue_packages(session, actor, wanted, folder=folder, as_of=governing_date(as_of))
    job = _worked_off(job_id, actor, is_json=is_json)
    if job.state == "failed":
        zh, _, en = (job.error or "").partition("\n")
        raise BatchFailed(f"任务 {job_id} 未完成：{zh}", f"Job {job_id} did not finish: {en}")
    result = parsed_json(job.result or "{}")
    if is_json:
        print_json({"job": job_id, **result})
    else:
        out.print(f"已写出 {result['written']} 个，已有且未变 {result['skipped']} 个：{result['folder']}")
        for finding in result["findings"]:
            err.print(f"  {finding['path']}：{finding['message']} {finding['message_en']}", style="red", markup=False)
    if result["findings"]:
        raise typer.Exit(1)


def _worked_off(job_id: int, actor: Actor, *, is_json: bool) -> jobs.Job:
    """Work on the queue until this job is over, here or by another worker, showing how far it is."""
    engine = database.engine()
    with Progress(console=err, transient=True, disable=is_json) as bar:
        task = bar.add_task("材料包", total=None)

        def told(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        while True:
            with database.reading() as session:
                job = jobs.find_job(session, job_id, requested_by=actor.user_id)
            told(job.progress, job.total)
            if job.state in {"done", "failed"}:
                return job
            if jobs.run_next(engine, handlers(engine, told=told)) is None:
                time.sleep(POLL_SECONDS)


@command("summary-table")
def summary_table(
    file: Annotated[Path, typer.Option("--out", help="FILE.xlsx")],
    codes: Annotated[list[str] | None, typer.Argument(help="Project codes; default: all you may see.")] = None,
    login: As = None,
) -> None:
    """Write the ministry's table of many projects, one row each (项目汇总表)."""
    if file.suffix.lower() != ".xlsx":
        found = Finding(
            file.name, "unknown-format", f"输出文件应为 .xlsx：{file.name}", f"should end in .xlsx: {file.name}"
        )
        raise InvalidInput.of([found])
    with acting(login) as (_, actor):
        pass
    write_whole(file, summary_table_xlsx(database.engine(), actor, codes=codes))
    out.print(f"已写出项目汇总表：{file}")


releases = group("release", "Packages given to banks: release, list, withdraw (材料包放行).")


@command("give", of=releases)
def give(
    code: Code,
    bank: Annotated[str, typer.Option(help="Name of the bank.")],
    reason: Annotated[str, typer.Option(help="Why; at most 300 characters.")] = "",
    as_of: AsOf = None,
    login: As = None,
) -> None:
    """Build the package of the latest revision and release it to one bank (放行给一家银行)."""
    with acting(login) as (session, actor):
        bank_id = organisation_named(session, bank).id or 0
    chosen = settings()
    kept = release_package(
        database.engine(),
        actor,
        code,
        bank_id=bank_id,
        as_of=governing_date(as_of),
        reason=reason,
        store=open_store(chosen),
        signer=Signer.of_settings(chosen),
    )
    out.print(f"已放行 released: {kept.id} {kept.file_name}\n清单摘要 manifest SHA-256: {kept.manifest_sha256}")


@command("list", of=releases)
def list_given(
    code: Annotated[str | None, typer.Argument(help="Project code; default: all you may see.")] = None,
    login: As = None,
    is_json: Json = False,
) -> None:
    """List released packages with what became of them (已放行的材料包)."""
    with acting(login) as (session, actor):
        found = list_releases(session, actor, code=code)
    if is_json:
        print_json(msgspec.to_builtins(found))
        return
    rows = [
        (each.id, each.code, each.bank, each.revision_number, _standing(each), each.manifest_sha256) for each in found
    ]
    print_table("材料包 packages", ("编号", "项目", "金融机构", "版次", "状态", "清单摘要"), rows)


def _standing(release: ReleasedPackage) -> str:
    if release.withdrawn is not None:
        return f"已撤回：{release.withdrawn.reason}"
    return "有效" if release.superseded is None else f"已被取代：{release.superseded.message_zh}"


@command("withdraw", of=releases)
def take_back(
    number: Annotated[int, typer.Argument(help="Number of the release.")],
    reason: Annotated[str, typer.Option(help="Why; the bank is told.")],
    login: As = None,
) -> None:
    """Take a released package back; it is handed out no more (撤回材料包)."""
    with acting(login, is_writer=True) as (session, actor):
        withdraw_release(session, actor, number, reason=reason)
    out.print(f"已撤回 withdrawn: {number}")
