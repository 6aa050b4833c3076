"""Who is left alone, so that it can be measured what was done for the others.

Arms are drawn by a hash of the experiment's name and the customer's id: whoever knows both can draw them again, on any
machine, and no list has to be kept to prove that nobody chose.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from regulars.core.errors import QueryError

#: Share that is held out, at least and at most: below it, the smaller arm says nothing; above it, the gain is given up.
LEAST, MOST = 0.01, 0.5


def held_out(experiment: str, customer_ids: Sequence[str], share: float) -> NDArray[np.bool_]:
    """Return who is held out, shape (n,): each with probability `share`, alike on every call.

    Args:
        experiment: its name; other names draw independently.
        customer_ids: who; order and company do not matter.
        share: in [0.01, 0.5].

    Raises:
        QueryError: nobody would be held out, or too many: what is done without a holdout is never measured.

    >>> held_out("spring", ["C1", "C2", "C3", "C4"], 0.5).tolist()
    [False, True, False, True]
    """
    if not LEAST <= share <= MOST:
        raise QueryError(
            f"A holdout of {share:g} cannot be: write a share from {LEAST} to {MOST}. Without customers who are left "
            "alone nobody can tell what an action brought."
        )
    return np.array([_place(experiment, one) < share for one in customer_ids], dtype=np.bool_)


def _place(experiment: str, customer_id: str) -> float:
    """Return a number in [0, 1) that depends on both and on nothing else."""
    digest = hashlib.sha256(f"{experiment}\x00{customer_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
