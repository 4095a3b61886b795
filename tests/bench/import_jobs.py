"""One upload from file to stored projects, in a process of its own: `python -m bench.import_jobs FILE FOLDER`.

Prints the seconds of preview and taking, and the peak memory of this process and of the one that reads the file.
"""

import json
import resource
import sys
import time
from pathlib import Path

from bench.bench_import import database
from registry import jobs
from registry.database import reading, writing
from registry.intake import work
from registry.intake.uploads import UploadFolder


def main(file: Path, folder: Path) -> None:
    """Run both jobs of one upload and print what they took."""
    engine, actor = database(folder, "jobs")
    handlers = work.handlers(engine, folder)
    key = UploadFolder(folder, actor.user_id).keep(file.read_bytes())
    seconds, results = [], []
    number = 0
    for step in ("preview", "commit"):
        with writing(engine) as session:
            if step == "preview":
                number = work.enqueue_preview(session, actor, name=file.name, key=key)
            else:
                number = work.enqueue_commit(session, actor, folder, number)
        start = time.perf_counter()
        jobs.run_next(engine, handlers)
        seconds.append(time.perf_counter() - start)
        with reading(engine) as session:
            job = jobs.find_job(session, number, requested_by=actor.user_id)
        results.append(json.loads(job.result or "null"))
    engine.dispose()
    peaks = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    told = {"preview": seconds[0], "commit": seconds[1], "peak_mb": peaks[0], "reader_mb": peaks[1]}
    sys.stdout.write(json.dumps({**told, "new": results[0]["counts"]["new"], "created": results[1]["created"]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
