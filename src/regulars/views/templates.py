"""What `regulars new` writes: small declarations that work as they stand."""

_KPI = '''"""NAME: say here what it is for."""

from ibis import _

from regulars.catalogue.frames.purchases import purchases
from regulars.catalogue.kpis.families import COMMERCE
from regulars.kpis.kpi import KPI, Better, Shows
from regulars.kpis.shares import Share

NAME = KPI(
    name="NAME",
    question="What share of buying customers ordered three times or more?",
    family=COMMERCE,
    frame=purchases,
    formula=Share(_.orders.sum() >= 3),
    better=Better.HIGHER,
    shows=Shows.SHARE,
    source="where the definition comes from",
    caveat="Rises with the length of the period; compare equal periods only.",
)
'''

#: Kind -> the folder of the workspace it goes to, and its text with NAME where the name stands.
TEMPLATES = {"kpi": ("kpis", _KPI)}
