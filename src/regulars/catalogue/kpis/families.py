"""The chapters of the catalogue and the teams that answer for them."""

from regulars.kpis.kpi import Family

ACQUISITION = Family(name="acquisition", question="Do we win customers, and do they get started?", owner="marketing")
ENGAGEMENT = Family(name="engagement", question="How often do customers use what we offer?", owner="product")
RETENTION = Family(name="retention", question="Do customers come back, and stay?", owner="service")
COMMERCE = Family(name="commerce", question="What do customers buy?", owner="sales")
VALUE = Family(name="value", question="What are customers worth?", owner="finance")

SUBSCRIPTIONS = Family(
    name="subscriptions", question="What do contracts bring every month, and how does that move?", owner="finance"
)
PROFITABILITY = Family(
    name="profitability", question="Do customers bring more than winning and serving them costs?", owner="finance"
)

SATISFACTION = Family(name="satisfaction", question="What do customers say of us?", owner="service")
SERVICE = Family(name="service", question="How well do we help those who ask?", owner="service")

FARRIS = "Farris, Bendle, Pfeifer & Reibstein (2020), Marketing Metrics, 4th ed."
