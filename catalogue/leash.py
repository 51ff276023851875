"""Runs a program that must not outlive the one that started it.

``python -m catalogue.leash indexer.cli sync --follow`` runs that module and stops when standard input closes: a pipe
whose other end closes with the supervisor, also when that one is killed, on every platform.
"""

import os
import runpy
import signal
import sys
import threading


def _stop_with_parent() -> None:
    sys.stdin.buffer.read()  # nobody writes into the pipe: returns when it closes
    if os.name == "posix":
        os.kill(os.getpid(), signal.SIGTERM)
    else:
        os._exit(0)


def main() -> None:
    """Run the module named by the first argument with the remaining arguments."""
    threading.Thread(target=_stop_with_parent, daemon=True, name="leash").start()
    module, *sys.argv[1:] = sys.argv[1:]
    sys.argv[0] = module
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
