"""Commands on the audit log: prove it, export it, check an exported one."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from registry import audit
from registry.audit_check import check_log
from registry.cli.console import Json, acting, command, group, out, print_json
from registry.errors import Finding, InvalidInput

audit_commands = group("audit", "操作日志 · audit log")


@command("verify", of=audit_commands)
def verify(is_json: Json = False) -> None:
    """Check the hash chain of the audit log and name the first broken link (校验操作日志)."""
    with acting(None) as (session, _):
        broken = audit.verify_log(session)
    if is_json:
        print_json({"holds": broken is None, "first_broken": broken})
    elif broken is None:
        out.print("操作日志完整：哈希链首尾相接。The audit log holds: every entry follows from the one before.")
    else:
        out.print(f"操作日志自第 {broken.entry_id} 条起被改动（{broken.action} {broken.subject}）", style="red")
    if broken is not None:
        raise typer.Exit(1)


@command("export", of=audit_commands)
def export(
    target: Annotated[Path, typer.Option("--out", help="File to write, one JSON object a line.")], is_json: Json = False
) -> None:
    """Write the whole log to a file an outsider can check with the chain head alone (导出操作日志)."""
    if not target.parent.is_dir():
        zh, en = f"没有文件夹 {target.parent}，请先建立", f"There is no folder {target.parent}; make it first"
        raise InvalidInput.of([Finding("out", "no-folder", zh, en, str(target))])
    with (
        acting(None) as (session, _),
        tempfile.NamedTemporaryFile("w", dir=target.parent, prefix=".writing-", encoding="utf-8", delete=False) as part,
    ):
        head, lines = audit.head_hash(session), 0
        for line in audit.export_lines(session, head):
            part.write(f"{line}\n")
            lines += 1
    os.replace(part.name, target)  # noqa: PTH105 - atomic on one file system, which is the point
    if is_json:
        print_json({"file": str(target), "entries": lines - 1, "head": head})
    else:
        out.print(f"已导出 {lines - 1} 条 entries: {target}\n链首 head: {head}")


@command("check", of=audit_commands)
def check(
    file: Annotated[Path, typer.Argument(help="An exported log.")],
    head: Annotated[str, typer.Option("--head", help="The chain head you hold: 64 hexadecimal digits.")],
    is_json: Json = False,
) -> None:
    """Check an exported log against a chain head, without any database (核验导出的操作日志)."""
    try:
        report = check_log(file, head)
    except OSError as error:
        zh, en = f"无法读取 {file}：{error.strerror}", f"cannot read {file}: {error.strerror}"
        raise InvalidInput.of([Finding(file.name, "unreadable", zh, en)]) from error
    if is_json:
        print_json(
            {"holds": report.flaw is None, "entries": report.n_entries, "head": report.head, "flaw": report.flaw}
        )
    elif report.flaw is None:
        out.print(f"日志完整，直至您所持链首；共 {report.n_entries} 条。The log holds up to your head.")
    else:
        line, zh, en = report.flaw
        out.print(f"第 {line} 行：{zh}\nline {line}: {en}", style="red")
    if report.flaw is not None:
        raise typer.Exit(1)
