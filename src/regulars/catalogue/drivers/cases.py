"""How the service case went that an answer is about."""

from ibis import _

from regulars.data.driver import About, Driver

first_response = Driver(
    name="first_response",
    said="hours to the first human reply",
    about=About.CASE,
    value=_.case_reply_hours,
    bad=_.case_reply_hours > 24,
    bad_said="nobody replied within a day",
    owner="service",
    reads=("ticket_events.actor",),
)
resolution = Driver(
    name="resolution",
    said="hours until solved for good",
    about=About.CASE,
    value=_.case_solved_hours,
    bad=_.case_solved_hours > 72,
    bad_said="the case took more than three days",
    owner="service",
    reads=("ticket_events.state",),
)
reopened = Driver(
    name="reopened",
    said="the case was opened again",
    about=About.CASE,
    value=_.case_reopened.cast("int8"),
    bad=_.case_reopened,
    bad_said="the case was opened again",
    owner="service",
    reads=("ticket_events.state",),
)
escalated = Driver(
    name="escalated",
    said="the case was escalated",
    about=About.CASE,
    value=_.case_escalated.cast("int8"),
    bad=_.case_escalated,
    bad_said="the case was escalated",
    owner="service",
    reads=("tickets.escalated",),
)
case_channel = Driver(
    name="case_channel",
    said="channel of the case",
    about=About.CASE,
    value=_.case_channel,
    owner="service",
    reads=("tickets.channel",),
)
case_topic = Driver(
    name="case_topic",
    said="topic of the case",
    about=About.CASE,
    value=_.case_topic,
    owner="product",
    reads=("tickets.topic",),
)
