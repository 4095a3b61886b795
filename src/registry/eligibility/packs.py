"""Loading of rule packs 规则包: a folder is taken whole, or refused whole with file and line of every flaw."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from registry.eligibility import lint
from registry.eligibility.checked import CheckedRule, CheckedTransition, Pack, PackError, Packs, PackVersion
from registry.eligibility.derived import project_vocabulary
from registry.eligibility.facts import Vocabulary
from registry.eligibility.located import LARGEST_FILE_BYTES, Located, pack_finding, read_yaml
from registry.eligibility.located import Path as Place
from registry.eligibility.model import Case, PackHead, Parameter, Rule, VersionHead
from registry.eligibility.predicates import Predicate
from registry.errors import Finding

__all__ = ["PackError", "Packs", "load_packs"]

HEAD_FILE, RULES_FILE, PARAMETERS_FILE, READING_FILE = "pack.yaml", "rules.yaml", "parameters.yaml", "reading.md"
MOST_FILES = 2000

Shape = TypeVar("Shape")


def load_packs(folder: Path, *, vocabulary: Vocabulary | None = None, owner: str | None = None) -> Packs:
    """Load every pack below a folder, or the one pack the folder is.

    The project catalogue gives the facts unless another vocabulary is passed. `owner` is the bank an uploaded private
    pack belongs to. Raises `PackError` with all findings; nothing is loaded half.
    """
    loader = _Loader(folder)
    packs = loader.packs(vocabulary or project_vocabulary(), owner)
    if loader.findings:
        raise PackError.of(sorted(loader.findings, key=lambda found: (found.path.partition(":")[0], found.row or 0)))
    return packs


@dataclass(slots=True)
class _Loader:
    folder: Path
    findings: list[Finding] = field(default_factory=list)

    def packs(self, vocabulary: Vocabulary, owner: str | None) -> Packs:
        packs: dict[str, Pack] = {}
        for place in self._pack_folders():
            pack = self._pack(place, vocabulary, owner)
            if pack is None:
                continue
            if pack.id in packs:
                self._flaw(place / HEAD_FILE, "duplicate-pack", f"标识 {pack.id} 重复", f"repeats the id {pack.id}")
            packs[pack.id] = pack
        return Packs(packs, vocabulary)

    def _flaw(self, path: Path, code: str, zh: str, en: str, line: int = 1) -> None:
        self.findings.append(pack_finding(self._name(path), line, code, zh, en))

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder.parent).as_posix()

    def _pack_folders(self) -> list[Path]:
        if not self.folder.is_dir():
            self._flaw(self.folder, "no-packs", "没有这个规则包文件夹", "is not a folder of rule packs")
            return []
        paths = sorted(self.folder.rglob("*"))
        links = [path for path in paths if path.is_symlink()]
        for path in links:
            self._flaw(path, "symlink", "是符号链接，不得使用", "is a symbolic link, which is refused")
        if len(paths) > MOST_FILES:
            self._flaw(
                self.folder, "too-many-files", f"文件超过 {MOST_FILES} 个", f"holds more than {MOST_FILES} files"
            )
        if links or len(paths) > MOST_FILES:
            return []
        if (self.folder / HEAD_FILE).is_file():
            return [self.folder]
        places = [path for path in sorted(self.folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]
        if not places:
            self._flaw(self.folder, "no-packs", "此文件夹中没有规则包", "holds no rule pack")
        return places

    def _read(self, path: Path) -> Located | None:
        if not path.is_file():
            self._flaw(path, "missing-file", "缺少此文件", "is missing")
        elif path.stat().st_size > LARGEST_FILE_BYTES:
            self._flaw(path, "file-too-large", "文件超过 2 MB", "is larger than 2 MB")
        else:
            try:
                located, found = read_yaml(path.read_text(encoding="utf-8-sig"), self._name(path))
            except UnicodeDecodeError:
                self._flaw(path, "encoding", "不是 UTF-8 编码", "is not encoded in UTF-8")
                return None
            self.findings.extend(found)
            return None if found else located
        return None

    def _shaped(self, located: Located, path: Place, shape: type[Shape]) -> Shape | None:
        value, found = located.convert(path, shape)
        self.findings.extend(found)
        return value

    def _pack(self, place: Path, vocabulary: Vocabulary, owner: str | None) -> Pack | None:
        located = self._read(place / HEAD_FILE)
        head = self._shaped(located, (), PackHead) if located else None
        if located is None or head is None:
            return None
        self.findings.extend(lint.head_flaws(located, head, place.name if place != self.folder else head.id))
        concerns = self._concerns(located, head, vocabulary)
        versions: dict[str, PackVersion] = {}
        for index, version in enumerate(head.versions):
            loaded = self._version(place, located, ("versions", index), version, vocabulary)
            if loaded:
                versions[version.version] = loaded
        known = {version.version for version in head.versions}
        for path in sorted(place.iterdir()):
            if path.is_dir() and path.name not in known:
                zh, en = f"版本 {path.name} 未列入 pack.yaml", f"version {path.name} is not listed in pack.yaml"
                self._flaw(path, "unlisted-version", zh, en)
        pack = Pack(head, versions, owner, concerns)
        if not self.findings:
            self._check_cases(place, pack, vocabulary)
        return pack

    def _concerns(self, located: Located, head: PackHead, vocabulary: Vocabulary) -> Predicate | None:
        """Return the checked condition of whom the pack is about; it takes no parameter, which only versions have."""
        if head.concerns is None:
            return None
        checker = lint.RuleChecker(vocabulary, {}, {}, head.versions[0])
        predicate, found = checker.predicate(located, ("concerns",), head.concerns)
        self.findings.extend(found)
        return predicate

    def _version(
        self, place: Path, located: Located, path: Place, head: VersionHead, vocabulary: Vocabulary
    ) -> PackVersion | None:
        folder = place / head.version
        parameters, parameter_file = self._parameters(folder)
        kinds = lint.parameter_types(parameters)
        if parameter_file:
            self.findings.extend(lint.parameter_flaws(parameter_file, parameters, head))
        rules_file = self._read(folder / RULES_FILE)
        if rules_file is None:
            return None
        if not isinstance(rules_file.data, list) or not rules_file.data:
            self._flaw(folder / RULES_FILE, "wrong-shape", "应为规则的列表", "should be a list of rules")
            return None
        checker = lint.RuleChecker(vocabulary, parameters, kinds, head)
        rules = [rule for i in range(len(rules_file.data)) if (rule := self._rule(rules_file, i, checker))]
        self.findings.extend(lint.rule_list_flaws(rules_file))
        transitions = self._transitions(located, path, head, checker)
        reading = folder / READING_FILE
        if not reading.is_file() or not reading.read_text(encoding="utf-8", errors="replace").strip():
            self._flaw(reading, "missing-file", "缺少条款解读", "is missing: it tells how unclear clauses were read")
        text = reading.read_text(encoding="utf-8", errors="replace") if reading.is_file() else ""
        unused = lint.unused_parameters(parameter_file, parameters, rules, transitions) if parameter_file else []
        self.findings.extend(unused if not self.findings else [])
        return PackVersion(head, tuple(rules), parameters, tuple(transitions), self._cases(folder), text)

    def _parameters(self, folder: Path) -> tuple[dict[str, Parameter], Located | None]:
        path = folder / PARAMETERS_FILE
        located = self._read(path) if path.is_file() else None
        if located is None:
            return {}, None
        if not isinstance(located.data, dict):
            self._flaw(path, "wrong-shape", "应为参数名到参数的对应", "should map names to parameters")
            return {}, None
        shaped = {name: self._shaped(located, (name,), Parameter) for name in located.data}
        return {name: parameter for name, parameter in shaped.items() if parameter}, located

    def _rule(self, located: Located, index: int, checker: lint.RuleChecker) -> CheckedRule | None:
        rule = self._shaped(located, (index,), Rule)
        if rule is None:
            return None
        applies, requires, found = checker.check(located, index, rule)
        self.findings.extend(found)
        return CheckedRule(rule, applies, requires, f"{located.file}:{located.line((index,))}")

    def _transitions(
        self, located: Located, path: Place, head: VersionHead, checker: lint.RuleChecker
    ) -> list[CheckedTransition]:
        checked: list[CheckedTransition] = []
        for index, transition in enumerate(head.transitions):
            when, found = checker.predicate(located, (*path, "transitions", index, "when"), transition.when)
            self.findings.extend(found)
            if when:
                checked.append(CheckedTransition(transition, when))
        return checked

    def _cases(self, folder: Path) -> tuple[tuple[str, Case], ...]:
        cases: list[tuple[str, Case]] = []
        for path in sorted((folder / "cases").glob("*.yaml")):
            located = self._read(path)
            entries: Any = located.data if located else []
            if located and not isinstance(entries, list):
                self._flaw(path, "wrong-shape", "应为用例的列表", "should be a list of cases")
                continue
            for index in range(len(entries)):
                case = self._shaped(located, (index,), Case) if located else None
                if case and located:
                    cases.append((f"{located.file}:{located.line((index,))}", case))
        return tuple(cases)

    def _check_cases(self, place: Path, pack: Pack, vocabulary: Vocabulary) -> None:
        for version in pack.versions.values():
            self.findings.extend(lint.case_flaws(pack, version, vocabulary))
            covered = {case.rule for _, case in version.cases}
            for rule in version.rules:
                if rule.rule.id not in covered:
                    file, _, line = rule.place.rpartition(":")
                    zh = f"规则 {rule.rule.id} 没有用例；请在 cases/ 中写出门槛两侧与缺资料的情形"
                    en = f"rule {rule.rule.id} has no case; write both sides of its threshold and the fact missing"
                    self.findings.append(pack_finding(file, int(line), "rule-without-case", zh, en, key=rule.rule.id))
