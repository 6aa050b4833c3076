"""What customers of the small companies say and ask for: answers, invitations, follow-ups, service cases; with traps.

Answers lie on the very edges of bands and scales, weigh nothing or much, speak twice of one order, come from nobody;
invitations overlap; cases are opened for a customer, answered by a bot, closed without being solved, reopened on the
day a window closes, and go on after as-of.
"""

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from regulars.core.definitions import Definitions

Row = dict[str, Any]

SCALES = {"nps": 10, "csat": 5, "ces": 7, "pmf": 3}
EVENTS = ("survey_started", "survey_completed", "help")


class Voice:
    """Draws what one customer, or nobody, says and asks."""

    def __init__(self, rng: Random, tables: dict[str, list[Row]], definitions: Definitions, any_day: Any, at: Any):
        self.rng, self.tables, self.definitions, self._any_day, self._at = rng, tables, definitions, any_day, at

    def speak(self, who: str | None, key: str) -> None:
        rng = self.rng
        for number in range(rng.choice((0, 1, 2, 4))):
            day = self._any_day(rng)
            question = rng.choice((*SCALES, "nps", "csat", "ces"))
            self._answer(who, f"{key}-a{number}", question, day)
            if who is not None and rng.random() < 0.6:
                window = self.definitions.response_days
                before = rng.choice((0, 0, 1, window - 1, window, window + 1))
                self._invite(who, f"{key}-i{number}", question, day - before)
        if who is not None and rng.random() < 0.4:
            self._invite(who, f"{key}-i", rng.choice(tuple(SCALES)), self._any_day(rng))
            day = self._any_day(rng)
            for name in rng.choices(EVENTS, k=rng.randint(1, 5)):
                at = self._at(rng, day + rng.choice((0, 0, 0, 1)))
                row = {"event_id": None, "customer_id": who, "occurred_at": at, "name": name, "session_id": None}
                self.tables["events"].append(row)
        for number in range(rng.choice((0, 0, 1, 2, 3))):
            self._case(who, f"{key}-t{number}")

    def _answer(self, who: str | None, key: str, question: str, day: int) -> None:
        rng = self.rng
        # Some give the same answers on a longer scale: it is not theirs that counts.
        most = SCALES[question] if question == "nps" or rng.random() < 0.9 else 10
        score = rng.randint(0 if question == "nps" else 1, most)
        at = self._at(rng, day)
        about = rng.choice(({}, {"order_id": f"{key[:4]}-o"}, {"ticket_id": f"{key[:4]}-t"}))
        usual = "relational" if question in ("nps", "pmf") else "transactional"
        touchpoint = "transactional" if about else rng.choice((None, usual, "relational", "transactional"))
        self.tables["responses"].append(
            {
                "response_id": key,
                "customer_id": who,
                "responded_at": at,
                "question": question,
                "score": Decimal(score),
                "scale_max": Decimal(most),
                "scale_min": None,
                "touchpoint": touchpoint,
                "weight": rng.choice((None, None, None, Decimal(0), Decimal("0.5"), Decimal("2.25"))),
                "comment": rng.choice((None, "", "well")),
                "language": rng.choice((None, "nl", "en")),
                **about,
            }
        )
        if rng.random() < 0.5:
            window = self.definitions.follow_up_days
            contacted = at + timedelta(days=rng.choice((0, 1, window, window + 1, 40)))
            settled = rng.choice((None, contacted, contacted + timedelta(days=rng.randint(0, 60))))
            for moment in rng.choice(((contacted,), (contacted, contacted + timedelta(days=2)))):
                self.tables["follow_ups"].append(
                    {"response_id": key, "contacted_at": moment, "resolved_at": settled, "team": "service"}
                )

    def _invite(self, who: str, key: str, question: str, day: int) -> None:
        delivered = self.rng.choice((None, True, True, False))
        row = {"invitation_id": key, "customer_id": who, "sent_at": self._at(self.rng, day), "question": question}
        self.tables["invitations"].append({**row, "delivered": delivered})

    def _case(self, who: str | None, key: str) -> None:
        rng = self.rng
        opened = self._at(rng, self._any_day(rng))
        self.tables["tickets"].append(
            {
                "ticket_id": key,
                "customer_id": who,
                "opened_at": opened,
                "channel": rng.choice((None, "mail", "phone")),
                "topic": rng.choice((None, "delivery", "bill")),
                "priority": rng.choice((None, "high")),
                "sla_due_at": rng.choice((None, opened + timedelta(hours=rng.choice((1, 8, 30, 400))))),
                "escalated": rng.choice((None, True, False)),
                "handle_minutes": rng.choice((None, Decimal("0.5"), Decimal(rng.randint(0, 90)))),
            }
        )
        if rng.random() < 0.1:
            return
        at = opened
        if rng.random() < 0.8:
            self._change(key, at, "open", rng.choice(("customer", "customer", "agent")), rng.choice((None, True)))
        d = self.definitions
        days = (d.repeat_contact_days, d.reopen_days, d.reopen_days + 1)
        for _ in range(rng.randint(0, 7)):
            pause = rng.choice(
                (0, 60, 3_600, rng.randrange(90_000), 86_400 * rng.choice(days), 86_400 * rng.randint(0, 9))
            )
            at += timedelta(seconds=pause)
            state = rng.choice(("open", "pending", "hold", "solved", "solved", "reopened", "closed"))
            self._change(
                key,
                at,
                state,
                rng.choice(("customer", "agent", "agent", "agent", "bot", "bot", None)),
                rng.choice((None, True, False)),
            )

    def _change(self, key: str, at: Any, state: str, actor: str | None, public: bool | None) -> None:
        row = {"ticket_id": key, "occurred_at": at, "state": state, "actor": actor, "public": public}
        self.tables["ticket_events"].append(row)
