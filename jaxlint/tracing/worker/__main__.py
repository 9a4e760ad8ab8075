"""The worker process: imports one module of the user's, traces functions of it, tells what happened."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from jaxlint.tracing.protocol import Event, Finished, Ready, read_request, write_event


class Channel:
    """The pipe to the parent."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._descriptor = descriptor

    def send(self, event: Event) -> None:
        """Write an event, whole."""
        data = write_event(event)
        while data:
            data = data[os.write(self._descriptor, data) :]


def _limit(memory: int, file_size: int, *, has_device: bool) -> None:
    """Bound what the user's code can use, where the system can do that.

    Drivers of devices reserve far more addresses than there is memory, so that only what can be written
    to counts there.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        space = resource.RLIMIT_DATA if has_device else resource.RLIMIT_AS
        for kind, limit in ((space, memory), (resource.RLIMIT_FSIZE, file_size)):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Do what the request says, then end at once, whatever threads the user's code has left running."""
    file, descriptor, memory, file_size = sys.argv[1:5]
    request = read_request(Path(file))
    channel = Channel(int(descriptor))
    _limit(int(memory), int(file_size), has_device=request.options.wants_device)
    sys.argv = [request.path]
    import jax

    from jaxlint.tracing.worker.run import run

    channel.send(Ready(jax.__version__))
    run(request, channel.send)
    channel.send(Finished())
    os._exit(0)


if __name__ == "__main__":
    main()
