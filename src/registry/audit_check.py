"""Check an exported audit log 操作日志 offline: `python audit_check.py LOG.jsonl HEAD`.

This file stands alone on purpose: Python's standard library and nothing of the registry, short enough to be read by
whoever receives a log. What it proves: nothing up to the entry with the hash HEAD was changed, removed, added or put in
another order since that hash was told to you, because every entry carries the hash of the one before. What it cannot
prove: that the registry wrote down everything that happened; and what follows after HEAD is only known to be a chain.

The file: the first line names the schema and the head at the time of export; each further line is one entry with `id`,
`at`, `actor_id`, `action`, `subject`, `details`, `previous_hash` and `hash`. The hash of an entry is the SHA-256 of
`previous_hash` followed, for each of `at`, `actor_id` (`None` where the system acted), `action`, `subject` and
`details`, by a newline, the length in bytes, a colon and the text itself, all in UTF-8.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = "registry-audit-log/1"
GENESIS = "0" * 64
"""What the first entry of a chain calls the hash before it."""
_HASHED = ("at", "actor_id", "action", "subject", "details")
_TEXTS = ("at", "action", "subject", "details", "previous_hash", "hash")


@dataclass(frozen=True, slots=True)
class LogReport:
    """The result. `flaw` None means that the log holds up to the head asked for, at line `head_line`."""

    n_entries: int
    """Entries that follow from the ones before."""
    head: str
    """Hash of the last of them."""
    head_line: int | None
    flaw: tuple[int, str, str] | None
    """Line of the file (the first is 1), what is wrong with it in Chinese, and in English."""


class Chain:
    """Follows a chain entry by entry. With a head to look for, says whether the chain passes through it."""

    def __init__(self, head: str | None = None) -> None:
        self.previous = GENESIS
        self.reached_head = head in {None, GENESIS}
        self._head = head

    def takes(self, entry: Mapping[str, Any]) -> bool:
        """Say whether this entry follows; if so it is the one the next must follow."""
        if entry["previous_hash"] != self.previous or entry["hash"] != entry_hash(entry):
            return False
        self.previous = entry["hash"]
        self.reached_head = self.reached_head or self.previous == self._head
        return True


def chained_hash(previous_hash: str, *parts: str) -> str:
    """Return the SHA-256 of the previous hash and the parts, each told apart by its length, which none can imitate."""
    digest = hashlib.sha256(previous_hash.encode())
    for part in parts:
        encoded = part.encode()
        digest.update(f"\n{len(encoded)}:".encode())
        digest.update(encoded)
    return digest.hexdigest()


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Return the hash an entry must carry."""
    return chained_hash(entry["previous_hash"], *(str(entry[name]) for name in _HASHED))


def check_log(path: Path, head: str) -> LogReport:
    """Check an exported log against the head you hold. Raises OSError when the file cannot be read."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        return check_lines(lines, head.strip().lower())


def check_lines(lines: Iterable[str], head: str) -> LogReport:
    """Check the lines of an exported log; an older head proves that this log continues the one it was taken from."""
    chain, n_entries, head_line = Chain(head), 0, None
    for number, line in enumerate(lines, start=1):
        value = _json_object(line)
        if number == 1:
            if value is None or value.get("schema") != SCHEMA:
                return LogReport(0, GENESIS, None, (1, "不是导出的操作日志", f"is no exported log ({SCHEMA})"))
            continue
        if value is None or not _is_entry(value):
            broken = (number, "此行不是日志条目", "is no entry of a log")
            return LogReport(n_entries, chain.previous, head_line, broken)
        if not chain.takes(value):
            what = f"{value['action']} {value['subject']}"
            zh, en = f"此条被改动，或其前有条目被删改（{what}）", f"was changed, or one before it was ({what})"
            broken = (number, zh, en)
            return LogReport(n_entries, chain.previous, head_line, broken)
        n_entries += 1
        head_line = number if value["hash"] == head else head_line
    missing = None if chain.reached_head else _missing_head(n_entries)
    return LogReport(n_entries, chain.previous, head_line, missing)


def _missing_head(n_entries: int) -> tuple[int, str, str]:
    # The line after the last: the first names the schema.
    return (
        n_entries + 2,
        "日志中没有您所持链首的条目：末尾被截去，或这是另一份日志",
        "the log ends without the head you hold: entries are missing at the end, or this is another log",
    )


def _json_object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _is_entry(value: Mapping[str, Any]) -> bool:
    actor = value.get("actor_id", "")
    is_actor = actor is None or (isinstance(actor, int) and not isinstance(actor, bool))
    return is_actor and all(isinstance(value.get(name), str) for name in _TEXTS)


def main(arguments: list[str]) -> int:
    """Check the log named first against the head named second; 0 it holds, 1 it does not, 2 not readable."""
    if len(arguments) != 2:  # noqa: PLR2004 - a file and a hash
        sys.stderr.write("usage: python audit_check.py LOG.jsonl HEAD\n")
        return 2
    try:
        report = check_log(Path(arguments[0]), arguments[1])
    except OSError as error:
        sys.stderr.write(f"无法读取 cannot read {arguments[0]}: {error.strerror}\n")
        return 2
    sys.stdout.write(f"条目 entries: {report.n_entries}\n链首 head: {report.head}\n")
    if report.flaw is not None:
        line, zh, en = report.flaw
        sys.stdout.write(f"✗ 第 {line} 行 line {line}: {zh} / {en}\n")
    else:
        later = report.n_entries + 1 - report.head_line if report.head_line else report.n_entries
        sys.stdout.write(f"完整，直至您所持链首；其后另有 {later} 条 holds up to your head; {later} follow\n")
    return 0 if report.flaw is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
