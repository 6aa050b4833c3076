"""Where a company is at home: currency and time zone, from countries, states, column names and languages."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from regulars.core.money import CURRENCIES
from regulars.data.guessing.names import words_of
from regulars.data.guessing.profile import Column, File
from regulars.data.guessing.proposal import Guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country: names (first the common one, then codes), currency and the zone where most people live."""

    names: tuple[str, ...]
    currency: str
    zone: str


COUNTRIES = tuple(
    Country(names=tuple(names.split(",")), currency=currency, zone=zone)
    for names, currency, zone in (
        line.split("|")
        for line in """\
United Kingdom,GB,GBR,UK,Great Britain,England|GBP|Europe/London
United States,US,USA,United States of America|USD|America/New_York
Germany,DE,DEU,Deutschland|EUR|Europe/Berlin
France,FR,FRA|EUR|Europe/Paris
Spain,ES,ESP,España|EUR|Europe/Madrid
Italy,IT,ITA,Italia|EUR|Europe/Rome
Netherlands,NL,NLD,The Netherlands,Nederland|EUR|Europe/Amsterdam
Belgium,BE,BEL|EUR|Europe/Brussels
Austria,AT,AUT,Österreich|EUR|Europe/Vienna
Switzerland,CH,CHE,Schweiz,Suisse|CHF|Europe/Zurich
Ireland,IE,IRL,EIRE|EUR|Europe/Dublin
Portugal,PT,PRT|EUR|Europe/Lisbon
Poland,PL,POL,Polska|PLN|Europe/Warsaw
Czechia,CZ,CZE,Czech Republic|CZK|Europe/Prague
Denmark,DK,DNK,Danmark|DKK|Europe/Copenhagen
Sweden,SE,SWE,Sverige|SEK|Europe/Stockholm
Norway,NO,NOR,Norge|NOK|Europe/Oslo
Finland,FI,FIN,Suomi|EUR|Europe/Helsinki
Greece,GR,GRC|EUR|Europe/Athens
Hungary,HU,HUN|HUF|Europe/Budapest
Romania,RO,ROU|RON|Europe/Bucharest
Turkey,TR,TUR,Türkiye|TRY|Europe/Istanbul
Russia,RU,RUS|RUB|Europe/Moscow
Ukraine,UA,UKR|UAH|Europe/Kyiv
Israel,IL,ISR|ILS|Asia/Jerusalem
United Arab Emirates,AE,ARE,UAE|AED|Asia/Dubai
Saudi Arabia,SA,SAU|SAR|Asia/Riyadh
India,IN,IND|INR|Asia/Kolkata
Pakistan,PK,PAK|PKR|Asia/Karachi
China,CN,CHN|CNY|Asia/Shanghai
Japan,JP,JPN|JPY|Asia/Tokyo
South Korea,KR,KOR,Korea|KRW|Asia/Seoul
Singapore,SG,SGP|SGD|Asia/Singapore
Hong Kong,HK,HKG|HKD|Asia/Hong_Kong
Indonesia,ID,IDN|IDR|Asia/Jakarta
Australia,AU,AUS|AUD|Australia/Sydney
New Zealand,NZ,NZL|NZD|Pacific/Auckland
South Africa,ZA,ZAF,RSA|ZAR|Africa/Johannesburg
Nigeria,NG,NGA|NGN|Africa/Lagos
Egypt,EG,EGY|EGP|Africa/Cairo
Kenya,KE,KEN|KES|Africa/Nairobi
Brazil,BR,BRA,Brasil|BRL|America/Sao_Paulo
Mexico,MX,MEX,México|MXN|America/Mexico_City
Argentina,AR,ARG|ARS|America/Argentina/Buenos_Aires
Chile,CL,CHL|CLP|America/Santiago
Colombia,CO,COL|COP|America/Bogota
Canada,CA,CAN|CAD|America/Toronto""".splitlines()
    )
)
_BY_NAME = {name.casefold(): country for country in COUNTRIES for name in country.names}
_COMMON_NAME = {country.names[0]: country for country in COUNTRIES}

#: Codes of states, by country.
_STATES = {
    "Brazil": "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO",
    "United States": (
        "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH "
        "OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY"
    ),
    "Canada": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
    "Australia": "ACT NSW NT QLD SA TAS VIC WA",
}
#: Words of column names that only one language uses, and where most of its companies are.
_LANGUAGES = {
    "Germany": (
        "kunde kunden kundennummer bestellnummer bestelldatum betrag menge preis einzelpreis rechnungsnummer umsatz "
        "wahrung waehrung"
    ),
    "France": "commande montant prix quantite devise",
    "Brazil": "pedido valor quantidade preco moeda",
    "Spain": "importe cantidad precio fecha",
}
_MONEY_WORDS = {
    "dollar": "USD",
    "dollars": "USD",
    "euro": "EUR",
    "euros": "EUR",
    "pound": "GBP",
    "pounds": "GBP",
    "yen": "JPY",
}


def guess_home(files: Sequence[File]) -> tuple[Guess, Guess, tuple[str, ...]]:
    """Return currency and time zone (the value "" where nothing speaks for any), and other currencies seen."""
    stated = [found for file in files for found in _stated(file)]
    countries = sorted((found for file in files for found in _countries(file)), key=lambda found: -found[0])
    country = _COMMON_NAME[countries[0][1]] if countries else None
    currency = _currency(stated, country, countries[0][2] if countries else "")
    zone = Guess(value="", reason="")
    if country is not None:
        zone = Guess(value=country.zone, reason=f"not in the files; {countries[0][2]}")
    return currency, zone, tuple(sorted({code for _, code, _ in stated} - {currency.value}))


def _currency(stated: Sequence[tuple[int, str, str]], country: Country | None, why: str) -> Guess:
    if stated:
        tally: Counter[str] = Counter()
        for count, code, _ in stated:
            tally[code] += count
        best = min(tally, key=lambda code: (-tally[code], code))
        return Guess(value=best, reason=next(reason for _, code, reason in stated if code == best))
    if country is not None:
        return Guess(value=country.currency, reason=f"not in the files; {why}")
    return Guess(value="", reason="")


def _stated(file: File) -> Iterator[tuple[int, str, str]]:
    """Yield (rows, code, reason) of currencies that values or column names state."""
    for column in file.columns:
        words = words_of(column.name)
        if {"currency", "wahrung", "devise", "moneda", "moeda"} & set(words):
            for value, count in column.common():
                if value.strip().upper() in CURRENCIES:
                    yield count, value.strip().upper(), f"most common in `{column.name}` of {file.name}"
        for word in words:
            code = _MONEY_WORDS.get(word) or (
                word.upper() if word.upper() in {"USD", "EUR", "GBP", "CHF", "BRL"} else ""
            )
            if code and column.number > 0.9:
                yield column.filled, code, f"the name of `{column.name}` in {file.name} says so"


def _countries(file: File) -> Iterator[tuple[float, str, str]]:
    """Yield (strength, country, reason); a country is believed where it is the most common one."""
    for column in file.columns:
        common = column.common(300)
        seen = sum(count for _, count in common)
        if not seen or not common or column.distinct > 300:
            continue
        yield from _named(file, column, common, seen)
        yield from _by_state(file, column, common, seen)
    words = {word for column in file.columns for word in words_of(column.name)}
    for name, known in _LANGUAGES.items():
        spoken = sorted(words & set(known.split()))
        if len(spoken) >= 2:
            yield (
                0.4,
                name,
                f"columns named {', '.join(f'`{word}`' for word in spoken[:3])} are of its language ({name})",
            )


def _named(
    file: File, column: Column, common: Sequence[tuple[str, int]], seen: int
) -> Iterator[tuple[float, str, str]]:
    tally: Counter[str] = Counter()
    for value, count in common:
        if country := _BY_NAME.get(value.strip().casefold()):
            tally[country.names[0]] += count
    market = {"country", "land", "market", "pais", "pays", "nation", "region"} & set(words_of(column.name))
    if sum(tally.values()) < (0.6 if market else 0.95) * seen or (not market and len(tally) < 2):
        return
    (name, count), *_ = tally.most_common(1)
    share = count / seen
    if share >= 0.4:
        yield 1.0 + share, name, f"{share:.0%} of `{column.name}` in {file.name} are {name}"


def _by_state(
    file: File, column: Column, common: Sequence[tuple[str, int]], seen: int
) -> Iterator[tuple[float, str, str]]:
    if not {"state", "province", "uf", "estado", "region"} & set(words_of(column.name)):
        return
    for name, codes in _STATES.items():
        known = set(codes.split())
        share = sum(count for value, count in common if value.strip().upper() in known) / seen
        if share >= 0.98 and len(common) >= 3:
            yield 0.5 + share / 2, name, f"`{column.name}` in {file.name} holds states of {name}"
