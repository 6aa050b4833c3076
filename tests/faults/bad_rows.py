"""Files with known bad rows among good ones, and what must become of each.

Three files: `orders` (orders and customers), `order_lines` and `spend`. The company is in Europe/Amsterdam and counts
in euro; a fifth of the orders are in pounds. Bad rows are spread evenly over all the kinds that a format can express.
"""

import csv
import io
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

Form = Literal["csv", "jsonl", "excel", "parquet"]
Row = dict[str, str]
Raw = Callable[[bytes], bytes]

COLUMNS = {
    "orders": ("order_id", "customer_id", "ordered_at", "kind", "amount", "currency", "email"),
    "order_lines": ("order_id", "line", "product_id", "quantity", "amount"),
    "spend": ("spent_on", "amount", "purpose", "channel"),
}
#: Euro per unit of each currency, every day: of two decimals, so that no product of an amount needs rounding.
RATES: Mapping[str, Decimal] = {"EUR": Decimal(1), "GBP": Decimal("1.17")}
_SUFFIX: Mapping[Form, str] = {"csv": "csv", "jsonl": "jsonl", "excel": "xlsx", "parquet": "parquet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of bad row.

    Attributes:
        name: as in the plan of tests.
        reasons: any of these codes is right.
        file: where it stands.
        column: whose value is bad, or empty where the whole row is.
        values: bad values, taken in turn.
        raw: what is done to the row's bytes instead, by format; a format that is not there cannot express the kind.
    """

    name: str
    reasons: frozenset[str]
    file: str = "orders"
    column: str = ""
    values: tuple[str, ...] = ()
    raw: Mapping[Form, Raw] | None = None

    def fits(self, form: Form) -> bool:
        """Whether rows of this kind can be written in `form`."""
        return self.raw is None or form in self.raw


def _cell(name: str, column: str, values: str, reasons: str, *, file: str = "orders") -> Kind:
    return Kind(
        name=name, reasons=frozenset(reasons.split()), file=file, column=column, values=tuple(values.split("~"))
    )


def _number(name: str, values: str, reasons: str = "not_a_number") -> Kind:
    return _cell(name, "amount", values, reasons)


def _instant(name: str, values: str, reasons: str = "not_an_instant") -> Kind:
    return _cell(name, "ordered_at", values, reasons)


def _raw(name: str, reasons: str, **raw: Raw) -> Kind:
    return Kind(name=name, reasons=frozenset(reasons.split()), raw=raw)  # type: ignore[arg-type]


def _same(line: bytes) -> bytes:
    return line


def _utf_16(line: bytes) -> bytes:
    return b"\xfe\xff" + line.decode().encode("utf-16-be") + b"\0"  # and the line feed that follows


def _insert(what: bytes) -> Raw:
    return lambda line: line.replace(b"@", what + b"@", 1)


# What is no line of bytes (a sheet, a Parquet file) is told from `_same`: the row itself is changed, below.
KINDS = (
    _raw("too few columns", "too_few_columns", csv=lambda line: line.rsplit(b",", 1)[0]),
    _raw("too many columns", "too_many_columns", csv=lambda line: line + b",EXTRA", excel=_same),
    _instant("month 13", "2024-13-01 10:00:00"),
    _instant("30 Feb", "2024-02-30 10:00:00"),
    _instant("US date", "01/31/2024"),
    _instant("2-digit year", "24-01-05"),
    _instant("0000-00-00", "0000-00-00", "not_an_instant date_out_of_range"),
    _instant("9999-12-31", "9999-12-31", "date_out_of_range"),
    _instant("infinity", "infinity~-infinity"),
    _instant("epoch", "epoch"),
    _cell("date with time zone", "spent_on", "2024-01-01T10:00:00Z~2024-01-01+01:00", "not_a_date", file="spend"),
    _instant("DST gap", "2024-03-31 02:30:00~2023-03-26T02:00:00", "local_time_gap"),
    _number("text amount", "abc"),
    _number("1,234.50", "1,234.50"),
    _number("1.234,50", "1.234,50"),
    _number("$5.00", "$5.00~€5.00"),
    _number("(5.00)", "(5.00)"),
    _number("5.00-", "5.00-"),
    _number("U+2212 minus", "\u22125.00"),
    _number("Arabic digits", "\u0661\u0662"),
    _number("NaN", "NaN~nan"),
    _number("inf", "inf~-Infinity"),
    _number("1e400", "1e400", "not_a_number number_out_of_range"),
    _number("hex", "0x1F"),
    _number("1_000", "1_000"),
    _cell("2.7 for integer", "quantity", "2.7", "not_an_integer", file="order_lines"),
    _cell(
        "over 2^63",
        "quantity",
        "99999999999999999999~9223372036854775808",
        "number_out_of_range not_an_integer",
        file="order_lines",
    ),
    _number("3 decimals in money", "1.005~0.001", "too_many_decimals"),
    _number("negative sale", "-5.00", "negative_sale"),
    _cell("missing key", "order_id", "", "missing_value"),
    Kind(name="duplicate key", reasons=frozenset({"duplicate_key", "superseded"}), column="order_id"),
    Kind(name="unknown foreign key", reasons=frozenset({"unknown_reference"}), file="order_lines", column="order_id"),
    _cell("unknown currency", "currency", "XQX~EURO", "unknown_currency"),
    _raw(
        "invalid UTF-8",
        "invalid_utf8",
        csv=_insert(b"\xff\xfe"),
        jsonl=_insert(b"\xc3"),
        parquet=_insert(b"\xff\xfe"),
    ),
    _raw("UTF-16 with BOM", "invalid_utf8 nul_byte", csv=_utf_16, jsonl=_utf_16),
    _raw("NUL", "nul_byte", csv=_insert(b"\0"), jsonl=_insert(b"\\u0000"), parquet=_insert(b"\0")),
    _raw(
        "unclosed quote",
        "unclosed_quote invalid_json",
        csv=lambda line: line.replace(b",", b',"', 1),
        jsonl=lambda line: line.replace(b'",', b",", 1),
    ),
    _raw("3 MB field", "field_too_long", **dict.fromkeys(("csv", "jsonl", "parquet"), _insert(b"x" * 3_000_000))),
    _raw(
        "CR-only line ends",
        "stray_line_end invalid_json",
        csv=lambda line: line + b"\r" + line,
        jsonl=lambda line: line + b"\r" + line,
    ),
    _raw(
        "all empty",
        "empty_row",
        csv=lambda line: b"," * line.count(b","),
        jsonl=lambda line: b"{}",
        excel=_same,
        parquet=_same,
    ),
    _number("literal for nothing", "NULL~N/A~-"),
    _cell("control characters", "email", "x\u202ey@shop.org~a\x1b[0m@shop.org", "control_character"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must come out.

    Attributes:
        files: what was written, by name without suffix.
        good: rows of each file that must be accepted.
        bad: for each file the kind of each bad record, by line number as `records.read` counts.
        left_out: names of kinds that the format cannot express.
        sales: exact sum of the amounts of good sales.
        refunds: the same of refunds (negative).
        sold: exact sums of the amounts of good orders, by kind, currency and month (2024-01).
        quantity: sum of the quantities of good order lines.
        line_amount: exact sum of the amounts of good order lines.
        spend: exact sum of the good spend.
        customers: ids of the customers in good rows.
        settings: text of a regulars.toml that loads the files, and the rates beside them, from their folder.
    """

    files: Mapping[str, Path]
    good: Mapping[str, int]
    bad: Mapping[str, Mapping[int, Kind]]
    left_out: tuple[str, ...]
    sales: Decimal
    refunds: Decimal
    sold: Mapping[tuple[str, str, str], Decimal]
    quantity: int
    line_amount: Decimal
    spend: Decimal
    customers: frozenset[str]
    settings: str


def write(folder: Path, *, good: int, bad: int, seed: int, form: Form) -> Expectation:
    """Write `good` good rows and `bad` bad ones, shuffled by `seed`; nine tenths of the good ones are orders.

    Same arguments, same bytes (a workbook's own time stamps aside).
    """
    rng = random.Random(seed)
    kinds = [kind for kind in KINDS if kind.fits(form)]
    share = good // 20
    rows = {
        "orders": [_order(number, rng) for number in range(good - 2 * share)],
        "order_lines": [_line(number, rng) for number in range(share)],
        "spend": [_spend(number, rng) for number in range(share)],
    }
    wrong: dict[str, list[tuple[Row, Kind]]] = {name: [] for name in rows}
    for number in range(bad):
        kind = kinds[number % len(kinds)]
        wrong[kind.file].append((_bad(kind, number, number // len(kinds), rows["orders"], rng), kind))
    files, lines = {}, {}
    for name, sound in rows.items():
        # The last row is good: what is empty at the very end of a file is no record.
        mixed: list[tuple[Row, Kind | None]] = [*((row, None) for row in sound[:-1]), *wrong[name]]
        rng.shuffle(mixed)
        mixed += [(row, None) for row in sound[-1:]]
        files[name] = folder / f"{name}.{_SUFFIX[form]}"
        _WRITERS[form](files[name], COLUMNS[name], mixed)
        first = 1 if form in ("jsonl", "parquet") else 2
        lines[name] = {line: kind for line, (_, kind) in enumerate(mixed, first) if kind}
    sold: dict[tuple[str, str, str], Decimal] = {}
    for row in rows["orders"]:
        key = (row["kind"], row["currency"], row["ordered_at"][:7])
        sold[key] = sold.get(key, Decimal(0)) + Decimal(row["amount"])
    amounts = {
        kind: sum((Decimal(row["amount"]) for row in rows["orders"] if row["kind"] == kind), Decimal(0))
        for kind in ("sale", "refund")
    }
    _write_rates(folder / "rates.csv")
    return Expectation(
        files=files,
        good={name: len(sound) for name, sound in rows.items()},
        bad=lines,
        left_out=tuple(kind.name for kind in KINDS if not kind.fits(form)),
        sales=amounts["sale"],
        refunds=amounts["refund"],
        sold=sold,
        quantity=sum(int(row["quantity"]) for row in rows["order_lines"]),
        line_amount=sum((Decimal(row["amount"]) for row in rows["order_lines"]), Decimal(0)),
        spend=sum((Decimal(row["amount"]) for row in rows["spend"]), Decimal(0)),
        customers=frozenset(row["customer_id"] for row in rows["orders"]),
        settings=_settings(form),
    )


def _write_rates(path: Path) -> None:
    days = [date(2022, 1, 1) + timedelta(days=7 * week) for week in range(160)]
    lines = [f"{code},{day},{rate}\n" for code, rate in RATES.items() if rate != 1 for day in days]
    path.write_text("currency,on,rate\n" + "".join(lines))


def _cents(rng: random.Random, most: int) -> str:
    return str(Decimal(rng.randrange(1, most)) / 100)


def _order(number: int, rng: random.Random) -> Row:
    refund = rng.random() < 0.1
    customer = rng.randrange(1, 5_000)
    return {
        "order_id": f"o{number:07d}",
        "customer_id": f"c{customer}",
        "ordered_at": _time(rng, year=2024),
        "kind": "refund" if refund else "sale",
        "amount": ("-" if refund else "") + _cents(rng, 50_000),
        "currency": "GBP" if number % 5 == 0 else "EUR",
        "email": f"u{customer}@shop.org",
    }


def _time(rng: random.Random, *, year: int) -> str:
    day = f"{year}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
    return f"{day} {rng.randrange(8, 22):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"


def _line(number: int, rng: random.Random) -> Row:
    return {
        "order_id": f"o{number:07d}",
        "line": "1",
        "product_id": f"p{rng.randrange(1, 300)}",
        "quantity": str(rng.randrange(1, 9)),
        "amount": _cents(rng, 9_000),
    }


def _spend(number: int, rng: random.Random) -> Row:
    return {
        "spent_on": f"2024-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
        "amount": _cents(rng, 90_000),
        "purpose": ("acquisition", "retention", "service")[number % 3],
        "channel": f"channel {number}",
    }


def _bad(kind: Kind, number: int, turn: int, orders: Sequence[Row], rng: random.Random) -> Row:
    """Return the bad row: a good one of its own, with what its kind changes."""
    match kind.file:
        case "orders":
            row = _order(9_000_000 + number, rng) | {"kind": "sale", "amount": "7.77", "customer_id": f"bad{number}"}
        case "order_lines":
            row = _line(0, rng) | {"line": str(1_000 + number)}
        case _:
            row = _spend(number, rng)
    match kind.name:
        case "duplicate key":  # older than the good one, and different
            twin = orders[turn % len(orders)]
            amount = ("-" if twin["kind"] == "refund" else "") + row["amount"]
            return twin | {"ordered_at": _time(rng, year=2023 - turn // len(orders)), "amount": amount}
        case "unknown foreign key":
            return row | {"order_id": f"missing{number}"}
    return row | {kind.column: kind.values[turn % len(kind.values)]} if kind.column else row


def _csv_line(values: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue().encode()


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[tuple[Row, Kind | None]]) -> None:
    with path.open("wb") as file:
        file.write(_csv_line(columns) + b"\n")
        for row, kind in rows:
            line = _csv_line([row[name] for name in columns])
            file.write((kind.raw["csv"](line) if kind and kind.raw else line) + b"\n")


def _write_jsonl(path: Path, columns: Sequence[str], rows: Sequence[tuple[Row, Kind | None]]) -> None:
    with path.open("wb") as file:
        for row, kind in rows:
            line = json.dumps({name: row[name] for name in columns if row[name]}, ensure_ascii=False).encode()
            file.write((kind.raw["jsonl"](line) if kind and kind.raw else line) + b"\n")


def _write_excel(path: Path, columns: Sequence[str], rows: Sequence[tuple[Row, Kind | None]]) -> None:
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, columns)
        for at, (row, kind) in enumerate(rows, 1):
            if kind and kind.name == "all empty":
                continue
            for column, name in enumerate(columns):
                if name in ("amount", "quantity") and not kind:
                    sheet.write_number(at, column, float(row[name]))
                elif row[name]:
                    sheet.write_string(at, column, row[name].replace("\x1b", "\u202e"))  # XML has no escape character
            if kind and kind.name == "too many columns":
                sheet.write_string(at, len(columns), "EXTRA")


def _write_parquet(path: Path, columns: Sequence[str], rows: Sequence[tuple[Row, Kind | None]]) -> None:
    values: dict[str, list[bytes | None]] = {name: [] for name in columns}
    for row, kind in rows:
        for name in columns:
            value = row[name].encode()
            changed = kind.raw["parquet"](value) if kind and kind.raw and name == "email" else value
            values[name].append(None if not row[name] or (kind and kind.name == "all empty") else changed)
    # As text that is not checked: that is how invalid UTF-8 comes into such files.
    arrays = {name: pa.array(column, pa.binary()).view(pa.string()) for name, column in values.items()}
    pq.write_table(pa.table(arrays), path, row_group_size=50_000)


_WRITERS: Mapping[Form, Callable[[Path, Sequence[str], Sequence[tuple[Row, Kind | None]]], None]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "excel": _write_excel,
    "parquet": _write_parquet,
}


def _settings(form: Form) -> str:
    encoding = 'encoding = "utf-8"\n' if form == "csv" else ""

    def source(name: str) -> str:
        return f'\n[[source]]\nname = "{name}"\nfiles = ["{name}.{_SUFFIX[form]}"]\nformat = "{form}"\n{encoding}'

    def table(name: str, columns: Sequence[str]) -> str:
        return f"\n[source.tables.{name}]\n" + "".join(f'{column} = "{column}"\n' for column in columns)

    return (
        '[company]\nname = "Bad rows"\ncurrency = "EUR"\ntime_zone = "Europe/Amsterdam"\n'
        + '\n[rates]\nfile = "rates.csv"\n'
        + source("orders")
        + table("orders", COLUMNS["orders"][:-1])
        + table("customers", ("customer_id",))
        + '\n[source.tables.customers.attributes]\nemail = "email"\n'
        + source("order_lines")
        + table("order_lines", COLUMNS["order_lines"])
        + source("spend")
        + table("spend", COLUMNS["spend"])
    )
