"""`registry verify`: check a package offline, with its signature where the programs for that are installed."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from registry.cli.console import Json, command, err, out, print_json
from registry.packages.checking import Checked, check_package
from registry.packages.verify import LARGEST_PACKAGE_BYTES, verify_file

NOT_READABLE = 2


@command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="A package file.")],
    digest: Annotated[str | None, typer.Option(help="The manifest digest you were given by other means.")] = None,
    issuers: Annotated[
        Path | None, typer.Option(help="Certificates (PEM) whose signatures you trust; needs the extra `signature`.")
    ] = None,
    is_json: Json = False,
) -> None:
    """Check a package offline; names what was changed, missing or added (校验材料包).

    Exit status: 0 whole and unchanged, 1 changed, damaged or not signed as trusted, 2 the file cannot be read.
    """
    try:
        checked = _checked(file, digest, issuers)
    except OSError as error:
        sys.stderr.write(f"无法读取 cannot read {file}: {error.strerror}\n")
        raise typer.Exit(NOT_READABLE) from None
    if is_json:
        print_json(checked.as_dict())
    else:
        _say(checked)
    is_unsigned = issuers is not None and checked.report.is_intact and checked.signer is None
    if is_unsigned:
        err.print("给定了可信签发者，但材料包未签名 issuers were given, and the package is not signed", style="red")
    if is_unsigned or not checked.is_good:
        raise typer.Exit(1)


def _checked(file: Path, digest: str | None, issuers: Path | None) -> Checked:
    if file.stat().st_size > LARGEST_PACKAGE_BYTES:
        return Checked(verify_file(file, digest), None)
    return check_package(file.read_bytes(), expected_digest=digest, issuers=issuers)


def _say(checked: Checked) -> None:
    report = checked.report
    for flaw in report.flaws:
        err.print(f"{flaw.file}：{flaw.message_zh} {flaw.message_en}", style="red", markup=False)
    if report.is_intact:
        out.print(f"材料包完整，未被改动。The package is whole and unchanged.\n{report.digest}")
    zh, en = checked.signature_words
    (err if checked.signature == "invalid" else out).print(f"签名 signature：{zh} {en}", markup=False)
    if report.is_demo:
        out.print("示例数据，非真实项目 demo data, not a real project")
