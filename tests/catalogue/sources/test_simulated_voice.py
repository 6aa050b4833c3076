"""What the simulated customers say, ask for and are told fits what happened to them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pytest

from regulars.catalogue.sources.simulated import simulate
from regulars.catalogue.sources.simulation.answers import CENTRE, LATE_DAYS, PERSONAL, SPREAD
from regulars.catalogue.sources.simulation.company import Company
from regulars.catalogue.sources.simulation.phrases import SENTENCES, THEMES, VARIANTS
from regulars.catalogue.sources.simulation.surveys import CSAT

COMPANY = Company()
DAY = 86_400
_TABLES = tuple("customers orders events responses follow_ups invitations tickets ticket_events".split())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voice")
    simulate(folder, customers=40_000, seed=4, tables=_TABLES)
    return folder


def read(world: Path, name: str, folder: str = "data") -> pd.DataFrame:
    return ds.dataset(sorted((world / folder).glob(f"{name}-*.parquet"))).to_table().to_pandas()


def days(gap: pd.Series) -> pd.Series:
    return gap.dt.total_seconds() / DAY


def near(share: float, planted: float, n: int) -> bool:
    """Whether a share of `n` lies within four standard errors of what was planted."""
    return bool(abs(share - planted) <= 4 * np.sqrt(planted * (1 - planted) / n))


@pytest.fixture(scope="module")
def sales(world: Path) -> pd.DataFrame:
    orders = read(world, "orders")
    sold = orders[orders["kind"] == "sale"].set_index("order_id")
    return sold.assign(late=days(sold["delivered_at"] - sold["promised_at"]).clip(0, 10).fillna(0.0))


@pytest.fixture(scope="module")
def answers(world: Path) -> pd.DataFrame:
    """Answers with what is hidden of them and of their customers."""
    markets = read(world, "customers")[["customer_id", "market"]]
    own = read(world, "customers", "truth")[["customer_id", "satisfaction"]].rename(columns={"satisfaction": "own"})
    told = read(world, "responses").merge(read(world, "answers", "truth"), on="response_id", validate="one_to_one")
    return told.merge(markets, on="customer_id").merge(own, on="customer_id")


@pytest.fixture(scope="module")
def about_orders(answers: pd.DataFrame, sales: pd.DataFrame) -> pd.DataFrame:
    known = sales[["customer_id", "late", "discount", "channel", "amount", "delivered_at", "ordered_at"]]
    about = answers[answers["order_id"].notna()]
    return about.merge(known, left_on="order_id", right_index=True, suffixes=("", "_of"), validate="one_to_one")


@pytest.fixture(scope="module")
def about_cases(world: Path, answers: pd.DataFrame) -> pd.DataFrame:
    steps = read(world, "ticket_events")
    last = steps.sort_values("occurred_at").pivot_table(
        index="ticket_id", columns="state", values="occurred_at", aggfunc="last"
    )
    cases = read(world, "tickets")[["ticket_id", "customer_id", "topic"]].merge(last, on="ticket_id")
    about = answers[answers["ticket_id"].notna()]
    return about.merge(cases, on="ticket_id", suffixes=("", "_of"), validate="one_to_one")


def test_answer_is_about_an_order_or_a_case_of_the_same_customer(
    answers: pd.DataFrame, about_orders: pd.DataFrame, about_cases: pd.DataFrame
) -> None:
    transactional = answers["touchpoint"] == "transactional"
    assert len(about_orders) == answers["order_id"].notna().sum() > 5_000
    assert len(about_cases) == answers["ticket_id"].notna().sum() > 1_000
    assert len(about_orders) + len(about_cases) == transactional.sum()
    for about in (about_orders, about_cases):
        assert (about["customer_id"] == about["customer_id_of"]).all()
        assert (about["touchpoint"] == "transactional").all()
    received = about_orders["delivered_at"].fillna(about_orders["ordered_at"])
    assert (days(about_orders["responded_at"] - received) >= 1).all()
    assert (about_cases["question"] == "csat").all()
    assert (days(about_cases["responded_at"] - about_cases["solved"]) >= 1).all()
    assert set(answers.loc[~transactional, "question"]) == {"nps", "csat", "pmf"}


def test_score_lies_on_its_scale(answers: pd.DataFrame) -> None:
    scales = answers.groupby("question")[["scale_min", "scale_max"]].agg(["min", "max"])
    assert {name: tuple(row) for name, row in zip(scales.index, scales.to_numpy().tolist(), strict=True)} == {
        "ces": (1, 1, 7, 7),
        "csat": (1, 1, 5, 5),
        "nps": (0, 0, 10, 10),
        "pmf": (1, 1, 3, 3),
    }
    assert answers["score"].between(answers["scale_min"], answers["scale_max"]).all()


def test_delay_is_the_strongest_driver_and_the_amount_is_none(about_orders: pd.DataFrame) -> None:
    drivers = pd.DataFrame(
        {
            "one": 1.0,
            "late": about_orders["late"],
            "discount": (about_orders["discount"].astype(float) > 0).astype(float),
            "app": (about_orders["channel"] == "app").astype(float),
            "amount": np.log(about_orders["amount"].astype(float)),
        }
    )
    planted = np.array([0, -COMPANY.delay_hurts, COMPANY.discount_pleases, COMPANY.app_pleases, 0])
    effect, error = fit(drivers, about_orders["satisfaction"] - PERSONAL * about_orders["own"])
    assert np.abs(effect - planted)[1:].max() < 0.1
    assert (np.abs(effect - planted) < 4 * error)[1:].all()
    assert (np.abs(effect) > 4 * error)[1:4].all()
    weight = np.abs(effect) * drivers.std().to_numpy()
    assert weight[1] > 2 * weight[2:].max()


def test_waiting_and_reopening_hurt_satisfaction_with_service(about_cases: pd.DataFrame) -> None:
    drivers = pd.DataFrame(
        {
            "one": 1.0,
            "answer": days(about_cases["pending"] - about_cases["open"]).clip(0, 10),
            "solution": days(about_cases["solved"] - about_cases["open"]).clip(0, 10),
            "again": about_cases["reopened"].notna().astype(float),
        }
    )
    planted = -np.array([0, COMPANY.answer_hurts, COMPANY.solution_hurts, COMPANY.reopening_hurts])
    effect, error = fit(drivers, about_cases["satisfaction"] - PERSONAL * about_cases["own"])
    assert (np.abs(effect - planted) < 4 * error).all()
    assert (effect < -3 * error)[1:].all()
    score = np.clip(np.rint(CENTRE[CSAT] + SPREAD[CSAT] * about_cases["satisfaction"]), 1, 5)
    assert (score == about_cases["score"]).all()


def fit(columns: pd.DataFrame, value: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return ordinary least squares with standard errors."""
    rows = columns.to_numpy(dtype=float)
    inverse = np.linalg.inv(rows.T @ rows)
    effect = inverse @ rows.T @ value.to_numpy()
    return effect, np.sqrt(np.diag(inverse) * np.var(value - rows @ effect))


def test_comment_says_what_happened_in_the_mood_of_the_answer(
    answers: pd.DataFrame, about_orders: pd.DataFrame, about_cases: pd.DataFrame
) -> None:
    late = about_orders[about_orders["themes"].notna() & (about_orders["late"] > LATE_DAYS)]
    assert late["themes"].str.startswith("delivery").all()
    assert late["comment"].str.startswith(tuple(of("delivery", 1))).all()
    prompt = about_orders[about_orders["comment"].notna() & (about_orders["late"] <= LATE_DAYS)]
    assert not prompt["comment"].str.contains("|".join(of("delivery", 1)), regex=True).any()
    clear = about_cases[about_cases["mood"].isin(["praise", "complaint"]) & about_cases["themes"].notna()]
    assert clear["themes"].str.startswith("support").all()
    glad = answers[answers["mood"] == "praise"]
    assert glad["satisfaction"].min() > answers[answers["mood"] == "complaint"]["satisfaction"].max()
    bad = [sentence for theme in THEMES for sentence in of(theme, 1)]
    on_time = glad.drop(index=glad.index[glad["order_id"].isin(late["order_id"])])
    assert not on_time["comment"].str.startswith(tuple(bad)).any()


def of(theme: str, kind: int) -> list[str]:
    """Return the sentences on a theme, of all languages."""
    first = (kind * len(THEMES) + THEMES.index(theme)) * VARIANTS
    return [sentence for texts in SENTENCES.values() for sentence in texts[first : first + VARIANTS]]


def test_comments_are_varied_alike_in_all_languages_and_some_need_masking(
    answers: pd.DataFrame, about_orders: pd.DataFrame
) -> None:
    wrote = answers[answers["comment"].notna()]
    late = about_orders["late"] > LATE_DAYS
    for wanted, asked in ((0.8, about_orders[late]), (0.4, about_orders[~late])):
        assert near(asked["comment"].notna().mean(), wanted, len(asked))
    assert wrote["comment"].nunique() > 2_000
    assert (answers["comment"].notna() == answers["language"].notna()).all()
    blank = wrote["comment"].str.strip() == ""
    assert 0.01 < blank.mean() < 0.03
    assert wrote["themes"][blank].isna().all()
    for pattern in (r"@example\.com", r"\+\d\d [\d ]{8,}", r"\bO\d{12}\."):
        assert 0.003 < wrote["comment"].str.contains(pattern, regex=True).mean() < 0.05
    named = wrote["comment"].str.extract(r"\b(O\d{12})\.", expand=False)
    assert (named == wrote["order_id"])[named.notna()].all()

    first = wrote["themes"].str.split(",").str[0].fillna("none")
    shares = pd.crosstab(first, wrote["language"], normalize="columns")
    assert list(shares.columns) == ["de", "en", "fr", "nl"]
    assert set(shares.index) == {*THEMES, "none"}
    assert (shares.max(axis=1) - shares.min(axis=1)).max() < 0.09
    assert near((wrote["language"] == "en").mean(), COMPANY.english, len(wrote) // 3)


def test_languages_say_the_same_and_no_sentence_twice() -> None:
    lengths = {language: len(set(texts)) for language, texts in SENTENCES.items()}
    assert lengths == dict.fromkeys(("en", "nl", "de", "fr"), (2 * len(THEMES) + 1) * VARIANTS)


def test_incident_shows_in_the_comments_of_its_weeks(about_orders: pd.DataFrame) -> None:
    begins = pd.Timestamp(COMPANY.incident_start, tz="UTC")
    wrote = about_orders[about_orders["comment"].notna()]
    late = wrote["comment"].str.startswith(tuple(of("delivery", 1)))
    since = days(wrote["responded_at"] - begins)
    hit = wrote["market"] == COMPANY.incident_market
    within, before = since.between(7, 28), since < 0
    assert late[hit & within].mean() > 0.3
    assert late[hit & before].mean() < 0.12
    assert late[~hit & within].mean() < 0.16


def test_detractors_are_got_back_to(world: Path, answers: pd.DataFrame) -> None:
    contacts = read(world, "follow_ups").merge(answers, on="response_id", validate="one_to_one")
    end = pd.Timestamp(COMPANY.end, tz="UTC")
    assert ((contacts["question"] == "nps") & (contacts["score"] <= 6)).all()
    assert set(contacts["touchpoint"]) == {"relational", "transactional"}
    waited = days(contacts["contacted_at"] - contacts["responded_at"])
    settled = contacts["resolved_at"].notna()
    assert (waited >= 0).all()
    assert (contacts["resolved_at"] >= contacts["contacted_at"])[settled].all()
    assert waited.median() == pytest.approx(COMPANY.follow_up_days, rel=0.2)

    old = answers[answers["responded_at"] < end - pd.Timedelta(days=60)]
    low = old[(old["question"] == "nps") & (old["score"] <= 6)]["response_id"]
    assert near(low.isin(contacts["response_id"]).mean(), COMPANY.followed_up, len(low))
    done = settled[contacts["responded_at"] < end - pd.Timedelta(days=90)]
    assert near(done.mean(), COMPANY.settled, len(done))
    assert contacts["team"].nunique() == 2


def test_case_is_escalated_and_worked_on_as_planted(world: Path) -> None:
    steps = read(world, "ticket_events").sort_values("occurred_at")
    first = steps.drop_duplicates(["ticket_id", "state"]).pivot(
        index="ticket_id", columns="state", values="occurred_at"
    )
    people = set(steps.loc[steps["actor"] == "agent", "ticket_id"])
    cases = read(world, "tickets").merge(first, left_on="ticket_id", right_index=True)
    worked = cases["ticket_id"].isin(people)
    assert cases["handle_minutes"].notna().equals(worked)
    assert 0.02 < (~worked[cases["solved"].notna()]).mean() < 0.08
    assert cases.groupby("topic")["team"].nunique().eq(1).all()
    assert cases["team"].nunique() == 4

    own, due = cases[worked], (cases["pending"] > cases["sla_due_at"])[worked]
    urgent = own["priority"] == "urgent"
    for rows, planted in (
        (~urgent & ~due, COMPANY.escalated),
        (urgent & ~due, COMPANY.escalated + COMPANY.escalated_urgent),
        (~urgent & due, COMPANY.escalated + COMPANY.escalated_late),
    ):
        assert near(own["escalated"][rows].mean(), planted, rows.sum())
    again = own["reopened"].notna()
    assert own["handle_minutes"][~again].median() == pytest.approx(COMPANY.handle_minutes, rel=0.05)
    ratio = own["handle_minutes"][again].median() / own["handle_minutes"][~again].median()
    assert ratio == pytest.approx(COMPANY.handle_reopened, rel=0.15)


def test_survey_begins_before_it_ends_and_ends_with_its_answer(world: Path, answers: pd.DataFrame) -> None:
    events = read(world, "events")
    surveys = {
        name: events[events["name"] == name].set_index("session_id")["occurred_at"]
        for name in ("survey_started", "survey_completed")
    }
    started, completed = surveys["survey_started"], surveys["survey_completed"]
    assert started.index.is_unique
    assert (started.reindex(completed.index) < completed).all()
    assert sorted(completed) == sorted(answers["responded_at"])
    assert near(1 - len(completed) / len(started), COMPANY.abandoned, len(started))
    sent = read(world, "invitations")
    assert len(started) < sent["delivered"].sum()


def test_some_look_for_help_before_they_open_a_case(world: Path) -> None:
    events = read(world, "events")
    looks = events[events["name"] == "help"][["event_id", "customer_id", "occurred_at"]]
    cases = read(world, "tickets")[["ticket_id", "customer_id", "opened_at"]]
    both = looks.merge(cases, on="customer_id")
    followed = both[days(both["opened_at"] - both["occurred_at"]).between(0, 2)]
    share = followed["ticket_id"].nunique() / len(cases)
    assert COMPANY.help_first - 0.02 < share < COMPANY.help_first + 0.1
    orders = read(world, "orders")
    after = looks["event_id"].str.fullmatch(r"EH\d+")
    assert near(after.sum() / (orders["kind"] == "sale").sum(), COMPANY.help_orders, (orders["kind"] == "sale").sum())
    assert 0.1 < looks["event_id"].isin(followed["event_id"]).mean() < 0.4


def test_content_customers_stay_yet_purchases_are_as_without_it(world: Path, tmp_path: Path) -> None:
    hidden = read(world, "customers", "truth")
    own = hidden["satisfaction"]
    assert abs(own.mean()) < 4 / np.sqrt(len(own))
    assert own.std() == pytest.approx(1, abs=0.02)
    buyers = hidden[hidden["buys"]]
    alive = buyers["alive"].astype(float)
    assert alive[buyers["satisfaction"] > 1].mean() > alive[buyers["satisfaction"] < -1].mean() + 0.1

    simulate(tmp_path, customers=40_000, seed=4, company=Company(content_stay=0.0), tables=("orders",))
    without = read(tmp_path, "customers", "truth")
    assert not without["satisfaction"].equals(own)
    pd.testing.assert_frame_equal(without.drop(columns="satisfaction"), hidden.drop(columns="satisfaction"))
    pd.testing.assert_frame_equal(read(tmp_path, "orders"), read(world, "orders"))
    left = without[without["buys"]].groupby(without["satisfaction"] > 0)["dropout_probability"].mean()
    assert left[True] == pytest.approx(left[False], rel=0.05)
