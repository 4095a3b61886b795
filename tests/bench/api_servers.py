"""The servers `bench_api` compares: `python -m bench.api_servers registry|fastapi|limit URL PORT`."""

import sys
from typing import Any

import uvicorn


def main(kind: str, url: str, port: int) -> None:
    """Serve one of the three until stopped."""
    if kind == "registry":
        from registry.web.app import serve  # noqa: PLC0415 - each process loads its own application only

        serve("127.0.0.1", port)
        return
    app: Any
    if kind == "fastapi":
        from bench.api_peer_fastapi import make_app  # noqa: PLC0415
    else:
        from bench.api_limit import make_app  # noqa: PLC0415
    app = make_app(url)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
