"""What makes pages begins only once a page is asked for that was not made before: most tests ask for none."""

from regulars.door.making import Maker


class LateMaker:
    """Begins a process when it is needed first."""

    ready = True

    def __init__(self, *wanted):
        self._wanted, self._maker = wanted, None

    def make(self, *asked):
        self._maker = self._maker or Maker(*self._wanted)
        return self._maker.make(*asked)

    def renew(self):
        return self._maker and self._maker.renew()

    def close(self, *, wait=False):
        if self._maker:
            self._maker.close(wait=wait)
