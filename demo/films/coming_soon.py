"""Four upcoming films, invented for the demo."""

from __future__ import annotations

from demo.films.film import Film

FICTIONAL_COMING_SOON: tuple[Film, ...] = (
    Film(
        slug="pelabuhan-merah",
        title_id="Pelabuhan Merah",
        title_en="Red Harbour",
        synopsis_id=(
            "Sebuah peti kemas tanpa pemilik mempertemukan penyelidik bea cukai, juru hitung "
            "mafia, dan kakak yang ia kira sudah mati. Dalam satu malam di Tanjung Priok, tak "
            "seorang pun pulang dengan tangan bersih."
        ),
        synopsis_en=(
            "A container without an owner brings together a customs investigator, a mob "
            "bookkeeper and the brother she thought was dead. In one night at Tanjung Priok, "
            "nobody goes home with clean hands."
        ),
        duration_minutes=124,
        classification="21+",
        genres=("crime", "action"),
        release_offset_days=3,
        original_language="Indonesian",
        subtitle_language="English",
        director="Bimo Satyanegara",
        cast="Yusran Hardi, Shanti Olivia, Reza Manurung, Tan Wei Liang",
        country="Indonesia, Singapore",
        distributor="Samudra Gambar",
        is_indonesian=True,
        formats=("2D", "LF"),
        popularity=9,
    ),
    Film(
        slug="sebelas-musim-dingin",
        title_id="Sebelas Musim Dingin",
        title_en="Eleven Winters",
        synopsis_id=(
            "Setiap musim dingin selama sebelas tahun, seorang masinis trem dan seorang penyiar "
            "radio bertemu semalam di kota yang sama. Pada pertemuan kedua belas, hanya salah "
            "satu dari mereka yang mengingatnya."
        ),
        synopsis_en=(
            "Every winter for eleven years, a tram driver and a radio announcer meet for one "
            "night in the same town. At the twelfth meeting, only one of them remembers."
        ),
        duration_minutes=127,
        classification="13+",
        genres=("romance", "drama"),
        release_offset_days=8,
        original_language="Korean",
        subtitle_language="Indonesian",
        director="Seo Ha-rin",
        cast="Baek Ji-ho, Moon Seo-yeon, Gil Tae-sik",
        country="South Korea",
        distributor="Northlight Distribution",
        is_indonesian=False,
        formats=("2D",),
        popularity=7,
    ),
    Film(
        slug="nada-kelima",
        title_id="Nada Kelima",
        title_en="The Fifth Note",
        synopsis_id=(
            "Gamelan pusaka sebuah desa di Bali kehilangan satu nada sejak 1965. Seorang perekam "
            "suara keliling dan cucu pandai besi terakhir menelusuri bilah yang hilang itu, dan "
            "lagu yang selama ini tidak boleh dimainkan."
        ),
        synopsis_en=(
            "A Balinese village's heirloom gamelan has been missing one note since 1965. A "
            "travelling sound recordist and the granddaughter of its last smith go looking for "
            "the lost key, and for the piece that no one was allowed to play."
        ),
        duration_minutes=109,
        classification="13+",
        genres=("music", "drama"),
        release_offset_days=19,
        original_language="Indonesian",
        subtitle_language="English",
        director="Ni Luh Saraswati Dewi",
        cast="I Made Gandhi Putra, Kadek Ayunda, Jero Wayan Tirta, Elisa Brandt",
        country="Indonesia",
        distributor="Rel Ganda Films",
        is_indonesian=True,
        formats=("2D",),
        popularity=5,
    ),
    Film(
        slug="warung-tengah-malam",
        title_id="Warung Tengah Malam",
        title_en="Midnight Warung",
        synopsis_id=(
            "Warung Bu Yah hanya buka dari tengah malam sampai azan subuh, dan tidak semua "
            "pelanggannya masih hidup. Ketika resep rahasianya mulai mengabulkan keinginan "
            "terakhir, antreannya mengular sampai ke alam sebelah."
        ),
        synopsis_en=(
            "Bu Yah's food stall opens only from midnight to the dawn prayer, and not all of her "
            "regulars are still alive. When her secret recipe starts to grant last wishes, the "
            "queue stretches into the next world."
        ),
        duration_minutes=99,
        classification="13+",
        genres=("comedy", "fantasy"),
        release_offset_days=33,
        original_language="Indonesian",
        subtitle_language="English",
        director="Fajar Kusnadi",
        cast="Christine Hapsari, Doni Alamudi, Mpok Rini, Jajang Sasmita",
        country="Indonesia",
        distributor="Kembang Api Sinema",
        is_indonesian=True,
        formats=("2D",),
        popularity=6,
    ),
)
