"""What is checked of a pack beyond its structure: dates, parameters, citations, predicates, cases."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.eligibility import logic
from registry.eligibility.checked import CheckedRule, CheckedTransition, Pack, PackVersion
from registry.eligibility.derived import document_fact
from registry.eligibility.facts import Vocabulary
from registry.eligibility.located import Located, Path, pack_finding
from registry.eligibility.model import PackHead, Parameter, Rule, VersionHead
from registry.eligibility.predicates import Predicate, parse_predicate
from registry.eligibility.rows import InvalidRow, fact_row
from registry.eligibility.typecheck import ParameterType
from registry.errors import Finding

MOST_RULES = 255
"""As many as one packed count holds."""
RULE_ANSWERS = ("pass", "fail", "unknown", "judgement", "not_applicable")
PACK_ANSWERS = ("eligible", "ineligible", "insufficient", "judgement", "not_applicable")
"""`not_applicable`: the pack is not about the project, or has no version in force."""


def head_flaws(located: Located, head: PackHead, folder: str) -> Iterator[Finding]:
    """Yield what is wrong with the dates and names of the versions."""
    if head.id != folder:
        zh, en = f"标识 {head.id} 与文件夹名 {folder} 不同", f"id {head.id} differs from the folder name {folder}"
        yield located.finding(("id",), "pack-id", zh, en)
    names = [version.version for version in head.versions]
    for index, version in enumerate(head.versions):
        path: Path = ("versions", index)
        if names.index(version.version) != index:
            zh, en = f"版本 {version.version} 重复", f"lists version {version.version} twice"
            yield located.finding((*path, "version"), "duplicate-version", zh, en)
        if version.in_force_until and version.in_force_until <= version.in_force_from:
            zh, en = "失效日不晚于生效日", "ends before it takes effect"
            yield located.finding((*path, "in_force_until"), "version-dates", zh, en)
        for earlier in head.versions[:index]:
            if _overlap(earlier, version):
                zh = f"版本 {version.version} 与 {earlier.version} 的施行期重叠"
                en = f"version {version.version} overlaps version {earlier.version}"
                yield located.finding((*path, "in_force_from"), "overlapping-versions", zh, en)
        for number, transition in enumerate(version.transitions):
            if transition.use_version not in names or transition.use_version == version.version:
                zh = f"过渡条款指向的版本 {transition.use_version} 不存在或是自身"
                en = f"transition uses version {transition.use_version}, which is unknown or the version itself"
                yield located.finding((*path, "transitions", number, "use_version"), "transition-version", zh, en)


def _overlap(one: VersionHead, other: VersionHead) -> bool:
    starts = max(one.in_force_from, other.in_force_from)
    return one.in_force_on(starts) and other.in_force_on(starts)


def parameter_types(parameters: Mapping[str, Parameter]) -> dict[str, frozenset[ParameterType]]:
    """Return the type of each dated value of each parameter; `unverified` for an empty one."""
    return {
        name: frozenset(kind for dated in parameter.values if (kind := _type(dated.value)))
        for name, parameter in parameters.items()
    }


def _type(value: Any) -> ParameterType | None:
    if value is None:
        return "unverified"
    if isinstance(value, list):
        kinds = {_type(item) for item in value}
        return "number_list" if kinds == {"number"} else "text_list" if kinds == {"text"} else None
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "date" if isinstance(value, date) else None


def parameter_flaws(located: Located, parameters: Mapping[str, Parameter], head: VersionHead) -> Iterator[Finding]:
    """Yield values of no type, values that point to other parameters, repeated dates, and gaps while in force."""
    for name, parameter in parameters.items():
        days = [dated.from_ for dated in parameter.values]
        for index, dated in enumerate(parameter.values):
            path: Path = (name, "values", index)
            texts = dated.value if isinstance(dated.value, list) else [dated.value]
            if any(isinstance(text, str) and ":" in text for text in texts):
                zh = f"参数 {name} 引用了其他参数；参数只能是写出的值，引用会成环"
                en = f"parameter {name} refers to another parameter; values are written out, references would be cyclic"
                yield located.finding((*path, "value"), "cyclic-parameter", zh, en, dated.value)
            elif _type(dated.value) is None:
                zh = f"参数 {name} 的值应为数、日期、文字、同类列表或 null"
                en = f"parameter {name} should be a number, date, text, a list of one kind, or null"
                yield located.finding((*path, "value"), "parameter-value", zh, en, dated.value)
            if days.index(dated.from_) != index:
                zh, en = (
                    f"参数 {name} 有两个 {dated.from_} 起的值",
                    f"parameter {name} has two values from {dated.from_}",
                )
                yield located.finding((*path, "from"), "parameter-dates", zh, en)
        if min(days) > head.in_force_from:
            zh = f"参数 {name} 自 {min(days)} 起才有值，而版本 {head.version} 自 {head.in_force_from} 起施行"
            en = f"parameter {name} has no value before {min(days)}; its version starts on {head.in_force_from}"
            yield located.finding((name, "values", 0, "from"), "parameter-without-value", zh, en)


def unused_parameters(
    located: Located,
    parameters: Mapping[str, Parameter],
    rules: Iterable[CheckedRule],
    transitions: Iterable[CheckedTransition],
) -> list[Finding]:
    """Return the parameters no predicate reads."""
    predicates = [predicate for rule in rules for predicate in (rule.applies, rule.requires) if predicate]
    used = {name for predicate in (*predicates, *(t.when for t in transitions)) for name in predicate.parameters}
    return [
        located.finding(
            (name,), "unused-parameter", f"参数 {name} 没有规则使用", f"parameter {name} is read by no rule"
        )
        for name in parameters
        if name not in used
    ]


def rule_list_flaws(located: Located) -> Iterator[Finding]:
    """Yield rules whose identifier stands twice in the file, and a list too long for one version."""
    if len(located.data) > MOST_RULES:
        zh, en = (
            f"规则超过 {MOST_RULES} 条，请拆成几个规则包",
            f"holds more than {MOST_RULES} rules; make several packs",
        )
        yield located.finding((MOST_RULES,), "too-many-rules", zh, en)
    seen: set[str] = set()
    for index, item in enumerate(located.data):
        name = item.get("id") if isinstance(item, dict) else None
        if name in seen:
            yield located.finding((index, "id"), "duplicate-rule", f"规则标识 {name} 重复", f"repeats rule {name}")
        if isinstance(name, str):
            seen.add(name)


@dataclass(frozen=True, slots=True)
class RuleChecker:
    """Checks rules of one pack version."""

    vocabulary: Vocabulary
    parameters: Mapping[str, Parameter]
    kinds: Mapping[str, frozenset[ParameterType]]
    head: VersionHead

    def predicate(self, located: Located, path: Path, text: str) -> tuple[Predicate | None, list[Finding]]:
        """Return the checked predicate at a place, with dead and contradictory ones refused."""
        predicate, flaws = parse_predicate(text, self.vocabulary, self.kinds)
        findings = [located.finding(path, flaw.code, flaw.zh, flaw.en, text) for flaw in flaws]
        if predicate:
            findings += self._settled(located, path, predicate)
        return predicate, findings

    def check(
        self, located: Located, index: int, rule: Rule
    ) -> tuple[Predicate | None, Predicate | None, list[Finding]]:
        """Return the predicates of a rule and everything wrong with it."""
        findings = list(self._rule_flaws(located, index, rule))
        applies = requires = None
        if rule.applies_when is not None:
            applies, found = self.predicate(located, (index, "applies_when"), rule.applies_when)
            findings += found
        if rule.require is not None:
            requires, found = self.predicate(located, (index, "require"), rule.require)
            findings += found
        if applies and requires and not findings:
            findings += self._settled_together(located, (index, "require"), applies, requires)
        if rule.severity == "block":
            findings += self._unverified_values(located, index, rule, (applies, requires))
        return applies, requires, findings

    def _rule_flaws(self, located: Located, index: int, rule: Rule) -> Iterator[Finding]:
        if (rule.require is None) == (rule.judgement is None):
            zh, en = "require 与 judgement 须有且只有一个", "needs either require or judgement, and not both"
            yield located.finding((index,), "require-or-judgement", f"规则 {rule.id}：{zh}", f"rule {rule.id} {en}")
        if rule.cite.confidence == "unverified" and rule.severity != "inform":
            zh = f"规则 {rule.id} 的依据待核实（unverified），只能 inform，不能 {rule.severity}"
            en = f"rule {rule.id} is unverified: it may only inform, not {rule.severity}"
            yield located.finding((index, "severity"), "unverified-blocks", zh, en, rule.severity)
        if (
            rule.cite.confidence == "secondary"
            and rule.severity == "block"
            and not (rule.why_block_zh and rule.why_block_en)
        ):
            zh = f"规则 {rule.id} 依据二手来源却要阻断，须写 why_block_zh 与 why_block_en"
            en = f"rule {rule.id} blocks on a secondary source: say why in why_block_zh and why_block_en"
            yield located.finding((index, "severity"), "secondary-blocks", zh, en)
        if rule.severity != "inform" and not (rule.remedy_zh and rule.remedy_en):
            zh = f"规则 {rule.id} 须写 remedy_zh 与 remedy_en：不符合时该怎么办"
            yield located.finding((index,), "missing-remedy", zh, f"rule {rule.id} needs remedy_zh and remedy_en")
        if "://" in rule.cite.document or "www." in rule.cite.document:
            zh, en = "依据须写文号或名称，不得写网址", "cites an address; cite the official document number"
            yield located.finding((index, "cite", "document"), "cites-address", zh, en, rule.cite.document)
        shown = rule.judgement.facts if rule.judgement else []
        for place, name in (*((("judgement", "facts"), name) for name in shown), *_document_facts(rule)):
            if name not in self.vocabulary:
                near = self.vocabulary.closest(name)
                zh, en = f"未知的事实 {name}", f"names the unknown fact {name}"
                hint = f"（{near}？）" if near else ""
                yield located.finding((index, *place), "unknown-fact", zh + hint, en, name)

    def _periods(self, predicates: Iterable[Predicate]) -> Iterator[dict[str, Any]]:
        """Yield the parameter values of each period in which they stay the same while the version is in force."""
        names = {name for predicate in predicates for name in predicate.parameters}
        if not all(_type(dated.value) for name in names for dated in self.parameters[name].values):
            return  # told at the parameter
        changes = {dated.from_ for name in names for dated in self.parameters[name].values}
        days = {self.head.in_force_from, *(day for day in changes if self.head.in_force_on(day))}
        for day in sorted(days):
            if all(self.parameters[name].starts <= day for name in names):
                yield {name: self.parameters[name].value_on(day) for name in names}

    def _settled(self, located: Located, path: Path, predicate: Predicate) -> Iterator[Finding]:
        for values in self._periods([predicate]):
            if not logic.can_be(predicate.tree, values, self.vocabulary, wanted=True):
                zh, en = "条件永远不会成立（自相矛盾）", "can never be true: it contradicts itself"
                yield located.finding(path, "never-true", f"“{predicate.text}”{zh}", f"'{predicate.text}' {en}")
                return
            if not logic.can_be(predicate.tree, values, self.vocabulary, wanted=False):
                zh, en = "条件永远成立，什么也没有要求", "can never be false: it requires nothing"
                yield located.finding(path, "never-false", f"“{predicate.text}”{zh}", f"'{predicate.text}' {en}")
                return

    def _settled_together(
        self, located: Located, path: Path, applies: Predicate, requires: Predicate
    ) -> Iterator[Finding]:
        for values in self._periods([applies, requires]):
            both = [(applies.tree, True), (requires.tree, True)]
            if not logic.can_be_together(both, values, self.vocabulary):
                zh, en = "在 applies_when 成立时永远不会成立", "can never be true where applies_when is"
                yield located.finding(path, "never-true", f"require {zh}", f"require {en}")
                return
            if not logic.can_be_together([(applies.tree, True), (requires.tree, False)], values, self.vocabulary):
                zh, en = "在 applies_when 成立时永远成立", "can never be false where applies_when is true"
                yield located.finding(path, "never-false", f"require {zh}", f"require {en}")
                return

    def _unverified_values(
        self, located: Located, index: int, rule: Rule, predicates: tuple[Predicate | None, ...]
    ) -> Iterator[Finding]:
        names = {name for predicate in predicates if predicate for name in predicate.parameters}
        for name in sorted(names):
            for dated in self.parameters[name].values:
                if dated.value is not None and dated.source.confidence == "unverified":
                    zh = f"规则 {rule.id} 阻断所用参数 :{name} 的值待核实；请留空（null）或降为 inform"
                    en = f"rule {rule.id} blocks by the unverified value of :{name}; leave it null or only inform"
                    yield located.finding((index, "severity"), "unverified-blocks", zh, en, dated.value)
                    break


def _document_facts(rule: Rule) -> Iterator[tuple[Path, str]]:
    for code in rule.documents:
        yield ("documents",), document_fact(code)


def case_flaws(pack: Pack, version: PackVersion, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Yield cases that name what does not exist or expect what cannot be answered."""
    rules = {rule.rule.id for rule in version.rules}
    for place, case in version.cases:
        file, _, line = place.rpartition(":")
        flaws: list[tuple[str, str, str]] = []
        if (case.rule is None) == (case.verdict_of is None):
            flaws.append(("case-subject", "须写 rule 或 verdict_of 之一", "needs rule or verdict_of"))
        if case.rule is not None and case.rule not in rules:
            flaws.append(("case-subject", f"没有规则 {case.rule}", f"names the unknown rule {case.rule}"))
        if case.verdict_of is not None and case.verdict_of != pack.id:
            flaws.append(("case-subject", f"verdict_of 应为 {pack.id}", f"verdict_of should be {pack.id}"))
        allowed = RULE_ANSWERS if case.rule else PACK_ANSWERS
        if case.expect not in allowed:
            flaws.append(("case-answer", f"expect 不能是 {case.expect}", f"cannot expect {case.expect}"))
        if case.rule and not version.head.in_force_on(case.as_of):
            flaws.append(("case-date", f"版本在 {case.as_of} 未施行", f"version is not in force on {case.as_of}"))
        try:
            fact_row(case.facts, vocabulary, strict=True)
        except InvalidRow as error:
            flaws.append(("case-facts", error.message_zh, error.message_en))
        for code, zh, en in flaws:
            yield pack_finding(file, int(line), code, f"用例“{case.name}”：{zh}", f"case '{case.name}': {en}")
