"""Seven films now showing, invented for the demo."""

from __future__ import annotations

from demo.films.film import Film

FICTIONAL_NOW_SHOWING: tuple[Film, ...] = (
    Film(
        slug="kapal-terakhir-ke-banda",
        title_id="Kapal Terakhir ke Banda",
        title_en="The Last Ship to Banda",
        synopsis_id=(
            "Ketika badai besar mengurung Laut Banda, seorang nakhoda perempuan yang sudah "
            "gantung topi diminta melakukan satu pelayaran lagi: menjemput dua puluh penduduk "
            "pulau kecil yang dilupakan peta. Di atas kapal kayu warisan ayahnya, ia harus "
            "berdamai dengan laut yang dulu merenggut segalanya."
        ),
        synopsis_en=(
            "As a great storm closes in on the Banda Sea, a retired woman captain is asked for "
            "one more crossing: to bring home twenty people from an island the maps forgot. "
            "Aboard the wooden ship her father left her, she must make her peace with the sea "
            "that once took everything."
        ),
        duration_minutes=132,
        classification="13+",
        genres=("adventure", "drama"),
        release_offset_days=-9,
        original_language="Indonesian",
        subtitle_language="English",
        director="Ratri Maheswari",
        cast="Sekar Wulandari, Bram Latupeirissa, Yosefa Matulessy, Dimas Aryasatya",
        country="Indonesia",
        distributor="Samudra Gambar",
        is_indonesian=True,
        formats=("2D", "LF"),
        popularity=10,
    ),
    Film(
        slug="rumah-nomor-nol",
        title_id="Rumah Nomor Nol",
        title_en="House Number Zero",
        synopsis_id=(
            "Seorang petugas sensus menemukan rumah yang tidak tercatat di ujung gang, dengan "
            "tujuh penghuni yang semuanya menyebut tanggal lahir yang sama. Setiap kali ia "
            "menghitung ulang, jumlah mereka bertambah satu."
        ),
        synopsis_en=(
            "A census taker finds an unlisted house at the end of an alley, with seven residents "
            "who all give the same date of birth. Every time she counts again, there is one "
            "more."
        ),
        duration_minutes=104,
        classification="17+",
        genres=("horror", "thriller"),
        release_offset_days=-5,
        original_language="Indonesian",
        subtitle_language="English",
        director="Galang Prabaswara",
        cast="Nadine Kusumawati, Teuku Rafi Alamsyah, Mbah Suminten, Ayu Larasati",
        country="Indonesia",
        distributor="Tirai Gelap Pictures",
        is_indonesian=True,
        formats=("2D",),
        popularity=9,
    ),
    Film(
        slug="kancil-kota-kaca",
        title_id="Kancil dan Kota Kaca",
        title_en="Kancil and the City of Glass",
        synopsis_id=(
            "Hutan Kancil kini dikelilingi kota bercahaya yang tak pernah tidur. Bersama seekor "
            "burung hantu yang takut gelap, ia menyusup ke Kota Kaca untuk mengembalikan bulan "
            "yang dicuri, dan menemukan bahwa akal saja tidak cukup tanpa sahabat."
        ),
        synopsis_en=(
            "The mouse-deer's forest is now ringed by a glowing city that never sleeps. With an "
            "owl who is afraid of the dark, Kancil slips into the City of Glass to bring back the "
            "stolen moon, and learns that wits alone are not enough without a friend."
        ),
        duration_minutes=96,
        classification="SU",
        genres=("animation", "family", "adventure"),
        release_offset_days=-16,
        original_language="Indonesian",
        subtitle_language="",
        director="Laksmi Paramitha & Joko Baruna",
        cast="Suara: Rara Anindya, Bagas Wiratama, Oma Tilly, Farel Akbar",
        country="Indonesia",
        distributor="Studio Tunas Animasi",
        is_indonesian=True,
        formats=("2D", "3D"),
        popularity=8,
    ),
    Film(
        slug="orbit-sunyi",
        title_id="Orbit Sunyi",
        title_en="Quiet Orbit",
        synopsis_id=(
            "Delapan ratus kilometer di atas Bumi, seorang teknisi satelit terbangun dan "
            "mendapati seluruh siaran planet itu telah berhenti. Satu-satunya suara yang "
            "menjawab panggilannya berasal dari modul yang seharusnya kosong."
        ),
        synopsis_en=(
            "Eight hundred kilometres above the Earth, a satellite engineer wakes to find that "
            "every broadcast from the planet has stopped. The only voice that answers her call "
            "comes from a module that should be empty."
        ),
        duration_minutes=138,
        classification="13+",
        genres=("science-fiction", "thriller"),
        release_offset_days=-2,
        original_language="English",
        subtitle_language="Indonesian",
        director="Imogen Hartley-Sato",
        cast="Adaeze Okoro, Kenji Morikawa, Tobias Lindqvist",
        country="United Kingdom, Japan",
        distributor="Northlight Distribution",
        is_indonesian=False,
        formats=("2D", "LF"),
        popularity=10,
    ),
    Film(
        slug="kereta-2340",
        title_id="Kereta 23.40",
        title_en="The 23:40",
        synopsis_id=(
            "Kereta malam terakhir ke Surabaya berangkat dengan sebelas penumpang di gerbong "
            "tiga. Saat lampu menyala kembali di Cepu, tinggal sepuluh, dan pintu-pintu terkunci "
            "dari luar."
        ),
        synopsis_en=(
            "The last night train to Surabaya leaves with eleven passengers in carriage three. "
            "When the lights come back at Cepu there are ten, and the doors are locked from "
            "outside."
        ),
        duration_minutes=111,
        classification="17+",
        genres=("thriller", "crime"),
        release_offset_days=-12,
        original_language="Indonesian",
        subtitle_language="English",
        director="Wisnu Hadiningrat",
        cast="Prasetya Yudha, Karina Bahri, Oscar Tampubolon, Mega Puspita",
        country="Indonesia",
        distributor="Rel Ganda Films",
        is_indonesian=True,
        formats=("2D",),
        popularity=7,
    ),
    Film(
        slug="lari-ningsih",
        title_id="Lari, Ningsih!",
        title_en="Run, Ningsih!",
        synopsis_id=(
            "Setiap subuh Ningsih mengejar pelanggan jamu gendongnya melintasi separuh Semarang. "
            "Ketika seorang pelatih pensiunan mencatat waktunya, warga sekampung sepakat: Ningsih "
            "harus ikut maraton nasional, lengkap dengan bakulnya."
        ),
        synopsis_en=(
            "Every dawn Ningsih chases her herbal-tonic customers across half of Semarang. When a "
            "retired coach happens to time her, the whole neighbourhood agrees: Ningsih must run "
            "the national marathon, basket and all."
        ),
        duration_minutes=102,
        classification="SU",
        genres=("comedy", "sport"),
        release_offset_days=-19,
        original_language="Indonesian",
        subtitle_language="English",
        director="Endah Pitaloka",
        cast="Tika Rahmawati, Pak Wagiman Sastro, Gilang Ramadipa, Suryani Kartono",
        country="Indonesia",
        distributor="Kembang Api Sinema",
        is_indonesian=True,
        formats=("2D",),
        popularity=7,
    ),
    Film(
        slug="musim-angin-barat",
        title_id="Musim Angin Barat",
        title_en="West Monsoon",
        synopsis_id=(
            "Sepuluh tahun setelah berpisah di Pelabuhan Paotere, seorang pembuat perahu dan "
            "seorang peneliti cuaca bertemu lagi ketika angin barat datang terlalu cepat. Satu "
            "musim, dua kesempatan, dan surat-surat yang tidak pernah dikirim."
        ),
        synopsis_en=(
            "Ten years after parting on the Paotere docks, a boatbuilder and a weather scientist "
            "meet again when the west wind comes too soon. One season, two chances, and the "
            "letters that were never sent."
        ),
        duration_minutes=118,
        classification="13+",
        genres=("romance", "drama"),
        release_offset_days=-24,
        original_language="Indonesian",
        subtitle_language="English",
        director="Andi Tenri Batari",
        cast="Maudy Kirana, Arya Mappanyukki, Hj. Daeng Ratu, Fikri Salam",
        country="Indonesia",
        distributor="Phinisi Pictures",
        is_indonesian=True,
        formats=("2D",),
        popularity=6,
    ),
)
