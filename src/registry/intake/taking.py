"""What of a prepared file is taken: no row that would overwrite a colleague, or reopen an entry unasked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from registry.intake.cells import Flaw
from registry.intake.preparing import Prepared, document_of, reject
from registry.projects.lifecycle.freeze import title_of


def keep_unmoved(prepared: Prepared, previewed: Mapping[tuple[str, int], int]) -> None:
    """Reject rows that would change a project somebody saved since the preview; `previewed` has the revisions seen."""
    kept = []
    for one in prepared.rows:
        seen = previewed.get(one.place, one.draft.seen_revision)
        if (
            one.stored is None
            or seen == one.draft.seen_revision
            or one.stored.document == document_of(one.draft.dossier)
        ):
            kept.append(one)
        else:
            reject(prepared, one.row, _moved(one.stored.code), path="code", value=one.stored.code)
    prepared.rows = kept


def keep_entries(prepared: Prepared, agreed: Callable[[tuple[str, int]], bool]) -> None:
    """Reject rows whose change reopens an entry, but for those (sheet, number) whose author agreed to that."""
    kept = []
    for one in prepared.rows:
        major = one.major()
        if not major:
            kept.append(one)
        elif agreed(one.place):
            prepared.n_reopened += 1
            kept.append(replace(one, draft=replace(one.draft, reopens_entry=True)))
        else:
            prepared.n_left_frozen += 1
            code = one.stored.code if one.stored is not None else None
            reject(prepared, one.row, _frozen(code, major), path="code", value=code)
    prepared.rows = kept


def _moved(code: str) -> Flaw:
    return Flaw(
        "saved-since-preview",
        f"项目 {code} 在预览之后已由他人保存，此行未采用，以免覆盖；请重新上传，对照新的差异",
        f"project {code} was saved by somebody else after the preview; not taken. Upload again and see the difference",
    )


def _frozen(code: str | None, major: Sequence[str]) -> Flaw:
    titles = [title_of(name) for name in major]
    zh, en = ("、".join(title[0] for title in titles), ", ".join(title[1] for title in titles))
    return Flaw(
        "major-edit",
        f"项目 {code} 已入库，“{zh}”属重大变更，采用后须重新审核；此行未采用，原值不变。"
        "如同意重新审核，请在预览页勾选同意（命令行加 --reopens-entry）后再取此行",
        f"project {code} is in a library and {en} is a major change that reopens its entry; the row was not taken and "
        "nothing changed. If you agree to a new review, tick that on the preview (--reopens-entry) and take it again",
    )
