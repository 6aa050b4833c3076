"""Answers that cannot stand on their scale, and changes of cases before there was one, are put aside with a reason."""

from pathlib import Path

from workspaces import HEAD, dicts, load, write

ANSWERS = """
[[source]]
name = "answers"
files = ["answers*.csv"]
[source.tables.responses]
response_id = "id"
responded_at = "at"
question = "question"
score = "score"
scale_max = "most"
scale_min = "least"
comment = "said"
"""
CASES = """
[[source]]
name = "cases"
files = ["cases.csv"]
[source.tables.tickets]
ticket_id = "id"
opened_at = "opened"
[[source]]
name = "changes"
files = ["changes.csv"]
[source.tables.ticket_events]
ticket_id = "id"
occurred_at = "at"
state = "state"
actor = "'agent'"
"""


def cells(folder: Path) -> list[tuple[int, str, str]]:
    return sorted((row["line"], row["column"], row["reason"]) for row in dicts(folder, "_quarantine"))


def test_answers_off_their_scale(tmp_path: Path) -> None:
    rows = [
        "1,2024-01-01,nps,0,10,,",
        "2,2024-01-01,nps,11,10,,",  # what some tools write for "not answered"
        "3,2024-01-01,nps,9,5,,",
        "4,2024-01-01,nps,7.5,10,,",
        "5,2024-01-01,nps,7,10,1,",
        "6,2024-01-01,csat,0,5,,",
        "7,2024-01-01,csat,0,5,0,",
        "8,2024-01-01,csat,0,10,,",
        "9,2024-01-01,ces,8,7,,",
        "10,2024-01-01,csat,1,1,1,",
        "11,2024-01-01,csat,4.5,5,,",
        "12,2024-01-01,like,4,5,,",
    ]
    write(tmp_path, HEAD + ANSWERS, answers_csv="id,at,question,score,most,least,said\n" + "\n".join(rows) + "\n")
    report, _ = load(tmp_path)
    assert cells(tmp_path) == [
        (3, "score", "off_the_scale"),
        (4, "most", "not_an_nps_scale"),
        (4, "score", "off_the_scale"),
        (5, "score", "off_the_scale"),
        (6, "least", "not_an_nps_scale"),
        (7, "score", "off_the_scale"),
        (10, "score", "off_the_scale"),
        (11, "most", "off_the_scale"),
        (13, "question", "not_a_choice"),
    ]
    assert {row["response_id"] for row in dicts(tmp_path, "responses")} == {"1", "7", "8", "11"}
    assert (report.loaded[0].counts.accepted, report.loaded[0].counts.quarantined) == (4, 8)


def test_codes_for_no_answer_are_declared_and_skipped(tmp_path: Path) -> None:
    toml = ANSWERS.replace("[source.tables.responses]", '[source.tables.responses]\nwhere = "score not in (11)"')
    write(
        tmp_path,
        HEAD + toml,
        answers_csv="id,at,question,score,most,least,said\n1,2024-01-01,nps,11,10,,\n2,2024-01-01,nps,9,10,,\n",
    )
    report, _ = load(tmp_path)
    assert cells(tmp_path) == []
    assert (report.loaded[0].counts.accepted, report.loaded[0].counts.skipped) == (1, 1)


def test_a_text_of_three_megabytes_is_put_aside_and_the_next_answer_counts(tmp_path: Path) -> None:
    rows = f"1,2024-01-01,nps,1,10,,{'bad ' * 800_000}\n2,2024-01-01,nps,9,10,,fine\n"
    write(tmp_path, HEAD + ANSWERS, answers_csv="id,at,question,score,most,least,said\n" + rows)
    load(tmp_path)
    assert [(line, reason) for line, _column, reason in cells(tmp_path)] == [(2, "field_too_long")]
    assert [row["comment"] for row in dicts(tmp_path, "responses")] == ["fine"]


def test_a_case_that_closes_before_it_opens(tmp_path: Path) -> None:
    changes = "id,at,state\na,2024-01-01 08:00,solved\na,2024-01-01 10:00,open\nb,2024-01-03,solved\n"
    cases = "id,opened\na,2024-01-01 09:00\nb,2024-01-02\n"
    write(tmp_path, HEAD + CASES, cases_csv=cases, changes_csv=changes)
    load(tmp_path)
    assert cells(tmp_path) == [(2, "at", "before_opening")]
    assert {(row["ticket_id"], row["state"]) for row in dicts(tmp_path, "ticket_events")} == {
        ("a", "open"),
        ("b", "solved"),
    }
    # The case turns out to have been opened earlier: the change counts after all.
    (tmp_path / "cases.csv").write_text(cases.replace("09:00", "07:00"))
    load(tmp_path)
    assert cells(tmp_path) == []
    assert len(dicts(tmp_path, "ticket_events")) == 3
