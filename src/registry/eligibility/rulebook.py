"""The readable rule book 规则手册 of a pack: clause left, rule right, for a governing date."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from sqlglot import exp

from registry.eligibility.checked import CheckedRule, Pack, PackVersion
from registry.eligibility.facts import Vocabulary
from registry.eligibility.model import VersionHead
from registry.eligibility.trees import COMPARISONS, Tree, bind, children, unwrapped
from registry.errors import NotFound

_WORDS_ZH = {"=": "为", "<>": "不为", ">": "大于", ">=": "不小于", "<": "小于", "<=": "不大于"}
_WORDS_EN = {"=": "is", "<>": "is not", ">": "is above", ">=": "is at least", "<": "is below", "<=": "is at most"}


class RuleEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: the clause it comes from, and what it asks, in words and as written."""

    rule: str
    part: str | None
    title_zh: str
    title_en: str
    document: str
    article: str | None
    confidence: str
    note: str | None
    severity: str
    jurisdiction: str
    applies_zh: str | None
    applies_en: str | None
    requires_zh: str
    requires_en: str
    applies_sql: str | None
    requires_sql: str | None
    facts: tuple[str, ...]
    say_zh: str
    say_en: str
    remedy_zh: str | None
    remedy_en: str | None
    cases: tuple[str, ...]


class ParameterEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One dated value in force; None is 待核实."""

    name: str
    title_zh: str
    title_en: str
    unit: str | None
    value: Any
    from_date: date | None
    document: str
    confidence: str


class RuleBook(msgspec.Struct, frozen=True, kw_only=True):
    """The rule book of one version."""

    pack: str
    name_zh: str
    name_en: str
    issuer_zh: str
    issuer_en: str
    as_of: date
    version: VersionHead
    rules: tuple[RuleEntry, ...]
    parameters: tuple[ParameterEntry, ...]
    reading: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def rulebook(pack: Pack, as_of: date, *, vocabulary: Vocabulary) -> RuleBook:
    """Return the rule book in force on a date. Raises NotFound when no version is."""
    version = pack.version_on(as_of)
    if version is None:
        raise NotFound(
            f"规则包 {pack.id} 在 {as_of} 没有施行的版本", f"pack {pack.id} has no version in force on {as_of}"
        )
    values = version.values_on(as_of)
    head = pack.head
    return RuleBook(
        pack=head.id,
        name_zh=head.name_zh,
        name_en=head.name_en,
        issuer_zh=head.issuer_zh,
        issuer_en=head.issuer_en,
        as_of=as_of,
        version=version.head,
        rules=tuple(_entry(pack, version, rule, values, vocabulary) for rule in version.rules),
        parameters=tuple(_parameters(version, as_of)),
        reading=version.reading,
    )


def _entry(
    pack: Pack, version: PackVersion, checked: CheckedRule, values: Mapping[str, Any], vocabulary: Vocabulary
) -> RuleEntry:
    rule, cite = checked.rule, checked.rule.cite
    applies = bind(checked.applies.tree, values) if checked.applies else None
    requires = bind(checked.requires.tree, values) if checked.requires else None
    question = rule.judgement
    return RuleEntry(
        rule=rule.id,
        part=rule.part,
        title_zh=rule.title_zh,
        title_en=rule.title_en,
        document=cite.document,
        article=cite.article,
        confidence=cite.confidence,
        note=cite.note,
        severity=rule.severity,
        jurisdiction=rule.jurisdiction or pack.head.jurisdiction,
        applies_zh=in_words(applies, vocabulary) if applies else None,
        applies_en=in_words(applies, vocabulary, english=True) if applies else None,
        requires_zh=in_words(requires, vocabulary) if requires else question.question_zh if question else "",
        requires_en=in_words(requires, vocabulary, english=True)
        if requires
        else question.question_en
        if question
        else "",
        applies_sql=rule.applies_when,
        requires_sql=rule.require,
        facts=checked.facts,
        say_zh=rule.say_zh,
        say_en=rule.say_en,
        remedy_zh=rule.remedy_zh,
        remedy_en=rule.remedy_en,
        cases=tuple(f"{case.name} → {case.expect}" for _, case in version.cases if case.rule == rule.id),
    )


def _parameters(version: PackVersion, as_of: date) -> list[ParameterEntry]:
    entries = []
    for name, parameter in version.parameters.items():
        current = [dated for dated in parameter.values if dated.from_ <= as_of]
        dated = max(current or parameter.values[:1], key=lambda one: one.from_)
        entries.append(
            ParameterEntry(
                name=name,
                title_zh=parameter.title_zh,
                title_en=parameter.title_en,
                unit=parameter.unit,
                value=dated.value if current else None,
                from_date=dated.from_ if current else None,
                document=dated.source.document,
                confidence=dated.source.confidence,
            )
        )
    return entries


def in_words(tree: Tree, vocabulary: Vocabulary, *, english: bool = False) -> str:
    """Return a bound condition as a person would say it, facts by their official terms."""
    return _Words(vocabulary, english=english).of(tree)


class _Words:
    def __init__(self, vocabulary: Vocabulary, *, english: bool) -> None:
        self.vocabulary, self.english = vocabulary, english

    def pick(self, zh: str, en: str) -> str:
        return en if self.english else zh

    def of(self, node: Tree) -> str:
        node = unwrapped(node)
        parts = children(node)
        if isinstance(node, exp.Not):
            inner = self.of(parts[0])
            return self.pick(f"并非（{inner}）", f"not ({inner})")
        if parts:
            joined = isinstance(node, exp.And)
            word = self.pick("，且" if joined else "，或", " and " if joined else " or ")
            return word.join(f"（{text}）" if children(part) else text for part in parts for text in [self.of(part)])
        return self._atom(node)

    def _atom(self, node: Tree) -> str:
        if type(node) in COMPARISONS:
            words = _WORDS_EN if self.english else _WORDS_ZH
            return self.spaced(
                self._value(node.this), words[COMPARISONS[type(node)]], self._value(node.expression, node.this)
            )
        if isinstance(node, exp.In):
            items = self.pick("、", ", ").join(self._value(item, node.this) for item in node.expressions)
            return self.spaced(self._value(node.this), self.pick("属于", "is one of"), items)
        if isinstance(node, exp.Like):
            pattern = str(node.expression.this)
            return self.spaced(
                self._value(node.this), self.pick("形如", "is of the form"), pattern.replace("_", "x").replace("%", "…")
            )
        if isinstance(node, exp.Column):
            return self.spaced(self._value(node), self.pick("：是", "is true"), "")
        if isinstance(node, exp.Cast):
            return self.pick("门槛待核实", "threshold not verified")
        return node.sql()

    def spaced(self, *words: str) -> str:
        return self.pick("", " ").join(word for word in words if word)

    def _value(self, node: Tree, beside: Tree | None = None) -> str:
        node = unwrapped(node)
        if isinstance(node, exp.Column):
            fact = self.vocabulary[node.name]
            return self.pick(fact.zh, fact.en)
        if isinstance(node, exp.Literal) and node.is_string and isinstance(beside, exp.Column):
            choices = self.vocabulary[beside.name].choices or {}
            return str(node.this).replace("_", " ") if self.english else choices.get(node.this, node.this)
        if isinstance(node, exp.Boolean):
            return self.pick("是" if node.this else "否", "true" if node.this else "false")
        if isinstance(node, exp.Cast):
            return str(node.this.this)
        if isinstance(node, (exp.Add, exp.Sub, exp.Mul, exp.Div)):
            sign = {exp.Add: "+", exp.Sub: "−", exp.Mul: "×", exp.Div: "÷"}[type(node)]
            return f"{self._value(node.this)} {sign} {self._value(node.expression)}"
        return str(node.this) if isinstance(node, exp.Literal) else node.sql()
