"""What answers of receivers mean."""

from regulars.core.egress import Answer
from regulars.core.errors import Busy, DataError


def refusal(answer: Answer) -> Busy | DataError:
    """Return what an answer means that is no success."""
    if answer.later:
        return Busy(f"The receiver says {answer.status}. Try again later.")
    if 300 <= answer.status < 400:
        return DataError(
            f"The receiver says to go elsewhere ({answer.status}). Nobody is followed: correct the address."
        )
    return DataError(
        f"The receiver does not take it: it says {answer.status}. Look whether the address is still right."
    )
