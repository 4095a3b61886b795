"""What a library is called, for whoever reads of an application: the name its rule pack gives it."""

from functools import cache

import yaml

from registry.settings import HOME


@cache
def library_names(library: str) -> tuple[str, str]:
    """Return the Chinese and English name of a library; its identifier where no pack says."""
    head = HOME / "rules" / library / "pack.yaml"
    if not head.is_file():
        return library, library
    told = yaml.safe_load(head.read_text(encoding="utf-8"))
    return str(told["name_zh"]), str(told["name_en"])
