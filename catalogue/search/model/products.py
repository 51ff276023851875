"""The model's matrix products and nothing else: how fast its runtime multiplies 8-bit numbers on this machine.

No transformer of these shapes can be faster here, in 8 bits and in this runtime: what `hackgo bench embed` measures the
model against.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from catalogue.search.embedding import MODEL_FOLDER, open_session

FILE = MODEL_FOLDER / "products.onnx"  # made by build.py


class Products:
    """The 48 products of 12 layers, weights prepared when made (about 45 MB). Safe to share between threads.

    Args:
        threads: Texts whose products are computed at a time, a core each, as `E5Small` does it.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._session = open_session(FILE)
        chance = np.random.default_rng(0)
        self._inputs = {
            of.name: chance.integers(0, 256, (512, of.shape[1]), np.uint8) for of in self._session.get_inputs()
        }

    def run(self, lengths: Sequence[int]) -> None:
        """Compute all products for texts of so many tokens, at most 512 each."""
        with ThreadPoolExecutor(self._threads, "products") as pool:
            list(pool.map(self._run_one, lengths))

    def _run_one(self, tokens: int) -> None:
        self._session.run(None, {name: rows[:tokens] for name, rows in self._inputs.items()})
