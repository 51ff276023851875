"""Does a running product answer, and does its index equal its store? `hackgo up --check`."""

import subprocess
import sys
import time
from collections.abc import Callable

import httpx

QUESTION = "every dry season the village taps run out"


def smoke(url: str, seconds: Callable[[], float], show: Callable[[str], None]) -> int:
    """Ask one search over HTTP and verify the index; shows what was found, returns the exit code.

    Args:
        url: Address of the running product.
        seconds: Tells how long everything has taken so far.
        show: Takes a line for the person at the terminal.
    """
    asked = time.monotonic()
    answer = httpx.get(f"{url}/api/v1/search", params={"q": QUESTION}, timeout=30)
    answer.raise_for_status()
    hits = answer.json()["hits"]
    first = hits[0]["entry"]["title"] if hits else None
    show(f"{url}/api/v1/search?q=… {len(hits)} hits in {(time.monotonic() - asked) * 1000:.0f} ms")
    show(f"“{QUESTION}” → {first['th']} / {first['en']}" if first else "no hit")
    drift = subprocess.run([sys.executable, "-m", "indexer.cli", "verify"], check=False).returncode
    show(f"all of it took {seconds():.1f} s")
    return 0 if first and drift == 0 else 1
