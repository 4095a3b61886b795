"""The two ways of saying that something is wrong.

A flaw in somebody's data is a value, a `Finding`: all of them are collected at once and shown in one shape in the
form, the workbook, the API and the rules. An exception is for what a caller must handle; it derives from
`RegistryError`, carries a stable code and knows nothing of HTTP.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

Severity = Literal["error", "warning", "info"]
"""`error`: the value is not taken. `warning`: taken, look at it. `info`: worth knowing."""

_LONGEST_SHOWN_VALUE = 120


def shown(value: object) -> str:
    """Return a value as a person should see it in a message: short, on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_SHOWN_VALUE else text[: _LONGEST_SHOWN_VALUE - 1] + "…"


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw 问题（意见）: where, what was found, what was expected and what to do.

    `path` names the field as in the JSON document (`funding_lines[2].amount`); `row` and `column` name the cell when
    the value came from a file (row 1 is the header, as spreadsheets count). `code` is stable for programs.
    """

    path: str
    code: str
    message_zh: str
    message_en: str
    value: str | None = None
    severity: Severity = "error"
    row: int | None = None
    column: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the wire form: the same names in the API, `--json` output and the findings sheet."""
        return {
            "path": self.path,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "code": self.code,
            "message": self.message_zh,
            "message_en": self.message_en,
            "severity": self.severity,
        }


def has_errors(findings: Iterable[Finding]) -> bool:
    """Say whether any finding stops the value from being taken."""
    return any(finding.severity == "error" for finding in findings)


class RegistryError(Exception):
    """Base of every error a caller may handle; `code` is stable, the message is for people."""

    code: ClassVar[str] = "registry-error"

    def __init__(self, message_zh: str, message_en: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message_zh)
        self.message_zh = message_zh
        self.message_en = message_en
        self.findings = tuple(findings)


class InvalidInput(RegistryError):
    """Data that cannot be taken; `findings` say which, where and why."""

    code = "invalid-input"

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> Self:
        """Return the error that carries these findings, worded by the first of them."""
        first = findings[0]
        more_zh = f"（共 {len(findings)} 项）" if len(findings) > 1 else ""
        more_en = f" ({len(findings)} findings)" if len(findings) > 1 else ""
        return cls(first.message_zh + more_zh, first.message_en + more_en, findings)


class NotFound(RegistryError):
    """What was asked for does not exist, or this actor may not know that it does."""

    code = "not-found"


class NotAllowed(RegistryError):
    """The actor is known and may not do this."""

    code = "not-allowed"


class StaleWrite(RegistryError):
    """Somebody else saved in between; the write would have overwritten what its author never saw.

    `differences` tells, where known, each field in which the refused document and the stored one differ.
    """

    code = "stale-write"
    differences: Sequence[Any] = ()
