"""YAML with the line of every key, and without the parts of YAML that hide or explode.

Anchors, aliases, tags, directives and duplicate keys are refused: a pack must read the same to a person and to the
program, and an alias bomb must not reach memory.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec
import yaml

from registry.errors import Finding

Path = tuple[str | int, ...]
Shape = TypeVar("Shape")

LARGEST_FILE_BYTES = 2_000_000
DEEPEST_NESTING = 40

_REFUSED_TOKENS = {
    yaml.AnchorToken: ("锚点（&）", "an anchor (&)"),
    yaml.AliasToken: ("别名（*）", "an alias (*)"),
    yaml.TagToken: ("标签（!）", "a tag (!)"),
    yaml.DirectiveToken: ("指令（%）", "a directive (%)"),
}
_OPENING = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken, yaml.BlockSequenceStartToken)
_OPENING_BLOCK = (yaml.BlockMappingStartToken,)
_CLOSING = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)


def pack_finding(file: str, line: int, code: str, zh: str, en: str, *, key: str = "", value: object = None) -> Finding:
    """Return a finding that names file and line first, as editors and compilers do."""
    where = f"{file}:{line}"
    path = f"{where}#{key}" if key else where
    shown = None if value is None else str(value)
    return Finding(path, code, f"{where} {zh}", f"{where} {en}", value=shown, row=line)


@dataclass(frozen=True, slots=True)
class Located:
    """A parsed file: plain data and the line (from 1) of each key and list item."""

    file: str
    data: Any
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of a place, or of the nearest place around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def finding(self, path: Path, code: str, zh: str, en: str, value: object = None) -> Finding:
        """Return a finding at a place of this file."""
        return pack_finding(self.file, self.line(path), code, zh, en, key=".".join(map(str, path)), value=value)

    def convert(self, path: Path, shape: type[Shape]) -> tuple[Shape | None, list[Finding]]:
        """Return the part of the file at a path in its structure, or nothing and the first thing that does not fit."""
        part = self.data
        for step in path:
            part = part[step]
        try:
            return msgspec.convert(part, shape), []
        except msgspec.ValidationError as error:
            return None, [self._misfit(path, str(error))]

    def _misfit(self, path: Path, message: str) -> Finding:
        text, _, inner = message.partition(" - at `$")
        steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]`]+", inner)]
        place: Path = (*path, *steps)
        unknown = re.fullmatch(r"Object contains unknown field `(.+)`", text)
        missing = re.fullmatch(r"Object missing required field `(.+)`", text)
        if unknown:
            key = unknown[1]
            return self.finding((*place, key), "unknown-key", f"出现未知的键 {key}", f"holds the unknown key {key}")
        if missing:
            key = missing[1]
            return self.finding(place, "missing-key", f"缺少必填的键 {key}", f"lacks the required key {key}")
        zh = f"{'.'.join(map(str, place)) or '文件'} 的值不合格式：{text}"
        return self.finding(place, "wrong-shape", zh, f"{'.'.join(map(str, place)) or 'file'}: {text}")


@dataclass(slots=True)
class _Builder:
    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    constructor: yaml.SafeLoader = field(default_factory=lambda: yaml.SafeLoader(""))

    def build(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, index)) for index, child in enumerate(node.value)]
        try:
            return self.constructor.construct_object(node)
        except (ValueError, yaml.YAMLError):
            self._refuse(node, "bad-scalar", "的值无法读取（日期应形如 2025-10-01）", "cannot be read as a value", path)
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse(key_node, "bad-key", "的键须是文字", "has a key that is not plain text", path)
                continue
            key = str(key_node.value)
            if key in built:
                self._refuse(key_node, "duplicate-key", f"中键 {key} 重复", f"holds key {key} twice", path)
                continue
            self.lines[*path, key] = key_node.start_mark.line + 1
            built[key] = self.build(value_node, (*path, key))
        return built

    def _refuse(self, node: yaml.Node, code: str, zh: str, en: str, path: Path) -> None:
        name = ".".join(map(str, path)) or "file"
        self.findings.append(
            pack_finding(self.file, node.start_mark.line + 1, code, f"{name} {zh}", f"{name} {en}", key=name)
        )


def read_yaml(text: str, file: str) -> tuple[Located | None, list[Finding]]:
    """Return the data with its lines, or nothing and what is wrong with the text."""
    if len(text.encode()) > LARGEST_FILE_BYTES:
        return None, [pack_finding(file, 1, "file-too-large", "文件超过 2 MB", "is larger than 2 MB")]
    try:
        findings = _refused_tokens(text, file)
        node = None if findings else yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        return None, [
            pack_finding(file, line, "yaml-syntax", f"不是有效的 YAML：{problem}", f"is not valid YAML: {problem}")
        ]
    if findings:
        return None, findings
    if node is None:
        return None, [pack_finding(file, 1, "empty-file", "文件是空的", "is empty")]
    builder = _Builder(file)
    data = builder.build(node, ())
    return Located(file, data, builder.lines), builder.findings


def _refused_tokens(text: str, file: str) -> list[Finding]:
    findings: list[Finding] = []
    depth = 0
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        names = _REFUSED_TOKENS.get(type(token))
        line = token.start_mark.line + 1
        if names:
            zh = f"用了 YAML {names[0]}；规则包须逐字写出，不得引用或展开"
            en = f"uses {names[1]}; packs are written out in full, nothing is referenced or expanded"
            findings.append(pack_finding(file, line, "yaml-feature", zh, en))
        depth += isinstance(token, (*_OPENING, *_OPENING_BLOCK)) - isinstance(token, _CLOSING)
        if depth > DEEPEST_NESTING:
            zh, en = f"嵌套超过 {DEEPEST_NESTING} 层", f"is nested deeper than {DEEPEST_NESTING} levels"
            return [*findings, pack_finding(file, line, "yaml-too-deep", zh, en)]
    return findings
