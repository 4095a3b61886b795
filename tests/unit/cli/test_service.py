import subprocess
import sys

_START = """
import sys
import registry.web.app
from sqlalchemy import create_engine
from registry.cli.service import _handlers
_handlers(create_engine("sqlite://"))
print(*sorted(sys.modules))
"""


class TestTheStartOfAServer:
    """Everybody who runs a registry pays for what it loads in memory; scipy loads each part when first named."""

    def test_loads_no_solver_and_no_renderer_before_somebody_asks_for_one(self) -> None:
        said = subprocess.run([sys.executable, "-c", _START], capture_output=True, check=True, text=True)
        loaded = set(said.stdout.split())
        assert {"registry.portfolio.program", "registry.finance.numpy_reader", "registry.packages.work"} <= loaded
        heavy = {"scipy.optimize", "scipy.sparse", "scipy.linalg", "scipy.special", "openpyxl", "PIL"}
        assert not loaded & (heavy | {"vl_convert", "typst", "pyarrow", "dask", "pyhanko", "fontTools"})
