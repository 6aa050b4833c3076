"""The simple rule: what was seen a season ago comes again."""

import numpy as np

from regulars.stats.forecasting.rolling import Floats, Whole


def naive(values: Floats, origins: Whole, ahead: int, season: int) -> Floats:
    """Return for each origin the values of the last season before it, again and again; arguments as of `Roll`."""
    places = origins[:, None] - season + np.arange(ahead)[None, :] % season
    return values[places]
