"""The demo chain: four cinemas in four cities and three time zones, prices, people, vouchers.

Every address, telephone number and person is invented; telephone numbers and email addresses are
undeliverable.
"""

from __future__ import annotations

from dataclasses import dataclass

from demo import studios
from demo.studios import DemoStudio

PASSWORD = "layar-demo-2026"  # noqa: S105 (for the demo alone, and printed on its console)
MAIL_DOMAIN = "layar.example"

EVENING_FROM_MINUTE = 17 * 60
SHORT_FILM_PRICE_RUPIAH = 15_000


@dataclass(frozen=True, slots=True)
class DemoCinema:
    name: str
    slug: str
    city: str
    city_slug: str
    address: str
    phone: str
    time_zone: str
    latitude: float
    longitude: float
    studios: tuple[DemoStudio, ...]
    manager_name: str
    manager_email: str


CINEMAS: tuple[DemoCinema, ...] = (
    DemoCinema(
        name="Layar Menteng",
        slug="layar-menteng",
        city="Jakarta",
        city_slug="jakarta",
        address="Jl. Taman Cempaka No. 21, Menteng, Jakarta Pusat",
        phone="(021) 5550 2101",
        time_zone="Asia/Jakarta",
        latitude=-6.196,
        longitude=106.832,
        studios=studios.JAKARTA,
        manager_name="Putri Handayani",
        manager_email=f"jakarta@{MAIL_DOMAIN}",
    ),
    DemoCinema(
        name="Layar Malioboro",
        slug="layar-malioboro",
        city="Yogyakarta",
        city_slug="yogyakarta",
        address="Jl. Kembang Setaman No. 8, Gedongtengen, Yogyakarta",
        phone="(0274) 555 0178",
        time_zone="Asia/Jakarta",
        latitude=-7.793,
        longitude=110.366,
        studios=studios.YOGYAKARTA,
        manager_name="Agus Wibisono",
        manager_email=f"yogyakarta@{MAIL_DOMAIN}",
    ),
    DemoCinema(
        name="Layar Losari",
        slug="layar-losari",
        city="Makassar",
        city_slug="makassar",
        address="Jl. Perahu Layar No. 45, Ujung Pandang, Makassar",
        phone="(0411) 555 0145",
        time_zone="Asia/Makassar",
        latitude=-5.143,
        longitude=119.407,
        studios=studios.MAKASSAR,
        manager_name="Andi Nurhaliza",
        manager_email=f"makassar@{MAIL_DOMAIN}",
    ),
    DemoCinema(
        name="Layar Jayapura",
        slug="layar-jayapura",
        city="Jayapura",
        city_slug="jayapura",
        address="Jl. Teluk Kasuari No. 3, Jayapura Selatan, Jayapura",
        phone="(0967) 555 0103",
        time_zone="Asia/Jayapura",
        latitude=-2.533,
        longitude=140.718,
        studios=studios.JAYAPURA,
        manager_name="Yohana Wanggai",
        manager_email=f"jayapura@{MAIL_DOMAIN}",
    ),
)


@dataclass(frozen=True, slots=True)
class DemoTaxRule:
    city_slug: str
    film_origin: str
    basis_points: int
    legal_reference: str


def _tax_rules(city_slug: str, national: int, imported: int, reference: str) -> list[DemoTaxRule]:
    return [
        DemoTaxRule(city_slug, "national", national, reference),
        DemoTaxRule(city_slug, "imported", imported, reference),
    ]


# Jakarta taxes national films at half the rate.
TAX_RULES: tuple[DemoTaxRule, ...] = (
    *_tax_rules("jakarta", 500, 1000, "Perda DKI Jakarta 1/2024"),
    *_tax_rules("yogyakarta", 750, 750, "Perda Kota Yogyakarta 10/2023"),
    *_tax_rules("makassar", 1000, 1000, "Perda Kota Makassar 1/2024"),
    *_tax_rules("jayapura", 500, 500, "Perda Kota Jayapura 2/2024"),
)

BENCHMARK_CINEMA_SLUG = "layar-menteng"
BENCHMARK_STUDIO_NAME = "Studio 2"  # exactly studios.BENCHMARK_SEATS seats


@dataclass(frozen=True, slots=True)
class DayPrices:
    """Rupiah before and from 17:00; a weekend or public holiday costs the same all day."""

    weekday: int
    weekday_evening: int
    friday: int
    friday_evening: int
    weekend: int


CHAIN_PRICES: dict[tuple[str, str], DayPrices] = {
    # (studio class, format)
    ("regular", "2D"): DayPrices(35_000, 40_000, 45_000, 50_000, 55_000),
    ("regular", "3D"): DayPrices(45_000, 50_000, 55_000, 60_000, 65_000),
    ("large", "2D"): DayPrices(50_000, 55_000, 60_000, 65_000, 75_000),
    ("large", "3D"): DayPrices(60_000, 65_000, 70_000, 75_000, 90_000),
    ("large", "LF"): DayPrices(65_000, 75_000, 80_000, 85_000, 100_000),
    ("premiere", "2D"): DayPrices(85_000, 95_000, 105_000, 115_000, 135_000),
    ("sofa", "2D"): DayPrices(75_000, 80_000, 90_000, 95_000, 115_000),
}
CINEMA_PRICES: dict[str, dict[tuple[str, str], DayPrices]] = {
    # A cinema's own card takes precedence over the chain's.
    "layar-menteng": {("regular", "2D"): DayPrices(40_000, 45_000, 50_000, 55_000, 60_000)},
}
CATEGORY_SURCHARGES: dict[str, int] = {
    "regular": 0,
    "premiere": 15_000,
    "couple": 10_000,
    "wheelchair": 0,
    "companion": 0,
}


@dataclass(frozen=True, slots=True)
class DemoTicketType:
    code: str
    name_id: str
    name_en: str
    price_percent: int
    rule_id: str = ""
    rule_en: str = ""
    classifications: tuple[str, ...] = ("SU", "13+", "17+", "21+")


TICKET_TYPES: tuple[DemoTicketType, ...] = (
    DemoTicketType("adult", "Dewasa", "Adult", 100),
    DemoTicketType(
        "child",
        "Anak",
        "Child",
        75,
        "Usia 2 sampai 11 tahun, didampingi orang dewasa.",
        "Aged 2 to 11, with an adult.",
        ("SU", "13+"),
    ),
    DemoTicketType(
        "student",
        "Pelajar",
        "Student",
        80,
        "Tunjukkan kartu pelajar atau mahasiswa yang berlaku di pintu masuk.",
        "Show a valid student card at the door.",
    ),
    DemoTicketType(
        "senior",
        "Lansia",
        "Senior",
        70,
        "Usia 60 tahun ke atas, dengan KTP.",
        "Aged 60 and over, with an identity card.",
    ),
)


@dataclass(frozen=True, slots=True)
class DemoVoucher:
    code: str
    kind: str  # percent, fixed, buy_get
    value: int
    max_uses: int
    valid_days: int


VOUCHERS: tuple[DemoVoucher, ...] = (
    DemoVoucher("LAYAR20", "percent", 20, 500, 60),
    DemoVoucher("HEMAT25K", "fixed", 25_000, 200, 60),
    DemoVoucher("NOBAR4", "buy_get", 3, 200, 60),  # four together pay for three
)


@dataclass(frozen=True, slots=True)
class DemoCancellationTier:
    hours_before: int
    refund_percent: int
    is_fee_refunded: bool


# Part of the price is refundable until the start, so that a cancellation can always be tried.
CANCELLATION_TIERS: tuple[DemoCancellationTier, ...] = (
    DemoCancellationTier(24, 100, True),
    DemoCancellationTier(3, 75, False),
    DemoCancellationTier(0, 50, False),
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    name: str
    email: str
    phone: str = ""
    language: str = "id"


CHAIN_ADMIN = DemoPerson("Kirana Adiwijaya", f"admin@{MAIL_DOMAIN}")
CUSTOMERS: tuple[DemoPerson, ...] = (
    DemoPerson("Rani Puspitasari", f"rani@{MAIL_DOMAIN}", "+6281200000101"),
    DemoPerson("Budi Hartono", f"budi@{MAIL_DOMAIN}", "+6281200000102"),
    DemoPerson("Siti Marlina", f"siti@{MAIL_DOMAIN}", "+6281200000103"),
    DemoPerson("Yosef Kambu", f"yosef@{MAIL_DOMAIN}", "+6281200000104"),
    DemoPerson("Emily Carter", f"emily@{MAIL_DOMAIN}", "+6281200000105", "en"),
    DemoPerson("Daeng Rizal", f"rizal@{MAIL_DOMAIN}", "+6281200000106"),
)
GUEST_NAMES: tuple[str, ...] = (
    "Ahmad Fauzan",
    "Dewi Kartikasari",
    "Eko Prasetyo",
    "Fitria Ningrum",
    "Gede Suardana",
    "Hana Pertiwi",
    "Indra Lesmana Putra",
    "Joko Susilo",
    "Lia Amelia",
    "Martha Rumbiak",
    "Nur Aisyah",
    "Oki Setiawan",
    "Petrus Wonda",
    "Rizky Maulana",
    "Sari Damayanti",
    "Wahyu Nugroho",
)
