"""`ffgateway serve`, which a power cut ends once an act is committed and before its answer is kept."""

import os
import signal

from ffgateway.cli.main import main
from ffgateway.services.once import Once


async def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Once._end = _die  # type: ignore[method-assign, assignment]  # the moment between the two
    main(["serve"])
