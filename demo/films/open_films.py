"""Five open films of the Blender Foundation, with the credits that their licences require.

They are real, short, and free to show; age classes are this demo's own, not the board's. The
posters are drawn for this demo and use none of the films' artwork.
"""

from __future__ import annotations

from demo.films.film import Film

_STUDIO = "Blender Foundation"

OPEN_FILMS: tuple[Film, ...] = (
    Film(
        slug="big-buck-bunny",
        title_id="Big Buck Bunny",
        title_en="Big Buck Bunny",
        synopsis_id=(
            "Seekor kelinci raksasa berhati lembut menikmati pagi musim semi sampai tiga hewan "
            "pengerat jail merusak harinya. Kali ini ia tidak tinggal diam: pembalasannya "
            "disusun dengan sangat teliti."
        ),
        synopsis_en=(
            "A giant rabbit with a gentle heart is enjoying a spring morning until three "
            "bullying rodents spoil it. This time he does not let it pass, and his revenge is "
            "prepared with great care."
        ),
        duration_minutes=10,
        classification="SU",
        genres=("animation", "comedy", "short"),
        release_offset_days=-30,
        original_language="No dialogue",
        subtitle_language="",
        director="Sacha Goedegebure",
        cast="",
        country="Netherlands",
        distributor=_STUDIO,
        is_indonesian=False,
        formats=("2D",),
        popularity=3,
        attribution=(
            "(c) copyright 2008, Blender Foundation | www.bigbuckbunny.org | www.blender.org. "
            "Creative Commons Attribution 3.0 (CC BY 3.0)."
        ),
    ),
    Film(
        slug="sintel",
        title_id="Sintel",
        title_en="Sintel",
        synopsis_id=(
            "Seorang gadis pengembara menyeberangi gurun, salju, dan gunung demi mencari anak "
            "naga yang pernah ia rawat. Perjalanan itu mengambil lebih banyak waktu daripada "
            "yang ia sadari."
        ),
        synopsis_en=(
            "A lone young woman crosses desert, snow and mountains in search of the baby dragon "
            "she once nursed. The journey takes more from her than she knows."
        ),
        duration_minutes=15,
        classification="13+",
        genres=("animation", "fantasy", "short"),
        release_offset_days=-30,
        original_language="English",
        subtitle_language="Indonesian",
        director="Colin Levy",
        cast="Halina Reijn, Thom Hoffman",
        country="Netherlands",
        distributor=_STUDIO,
        is_indonesian=False,
        formats=("2D",),
        popularity=4,
        attribution=(
            "(c) copyright Blender Foundation | durian.blender.org | www.blender.org. "
            "Creative Commons Attribution 3.0 (CC BY 3.0)."
        ),
    ),
    Film(
        slug="tears-of-steel",
        title_id="Tears of Steel",
        title_en="Tears of Steel",
        synopsis_id=(
            "Di Amsterdam masa depan, sekelompok prajurit dan ilmuwan berkumpul di Oude Kerk "
            "untuk mementaskan ulang satu momen penting dari masa lalu. Itulah upaya terakhir "
            "mereka menyelamatkan dunia dari robot yang menyimpan dendam."
        ),
        synopsis_en=(
            "In a future Amsterdam, a band of warriors and scientists gathers at the Oude Kerk to "
            "stage one crucial moment from the past again. It is their last attempt to save the "
            "world from robots that bear a grudge."
        ),
        duration_minutes=12,
        classification="13+",
        genres=("science-fiction", "action", "short"),
        release_offset_days=-23,
        original_language="English",
        subtitle_language="Indonesian",
        director="Ian Hubert",
        cast="Derek de Lint, Sergio Hasselbaink, Vanja Rukavina, Denise Rebergen, Rogier Schippers",
        country="Netherlands",
        distributor=_STUDIO,
        is_indonesian=False,
        formats=("2D",),
        popularity=4,
        attribution=(
            "(CC) Blender Foundation | mango.blender.org | www.blender.org. "
            "Creative Commons Attribution 3.0 (CC BY 3.0)."
        ),
    ),
    Film(
        slug="spring",
        title_id="Spring",
        title_en="Spring",
        synopsis_id=(
            "Musim semi terlambat datang tahun ini. Seorang gadis gembala dan anjingnya turun ke "
            "lembah beku untuk menghadapi roh-roh purba, agar roda kehidupan kembali berputar."
        ),
        synopsis_en=(
            "Spring is late this year. A shepherd girl and her dog go down into a frozen valley "
            "to face its ancient spirits, so that the wheel of life may turn again."
        ),
        duration_minutes=8,
        classification="SU",
        genres=("animation", "fantasy", "short"),
        release_offset_days=-16,
        original_language="No dialogue",
        subtitle_language="",
        director="Andreas Goralczyk",
        cast="",
        country="Netherlands",
        distributor=_STUDIO,
        is_indonesian=False,
        formats=("2D",),
        popularity=3,
        attribution=(
            "© Blender Foundation | cloud.blender.org/spring | www.blender.org. "
            "Creative Commons Attribution 4.0 (CC BY 4.0)."
        ),
    ),
    Film(
        slug="elephants-dream",
        title_id="Elephants Dream",
        title_en="Elephants Dream",
        synopsis_id=(
            "Proog yang tua memandu Emo yang muda menjelajahi mesin raksasa tanpa tepi. Semakin "
            "dalam mereka melangkah, semakin jelas bahwa keduanya tidak melihat mesin yang sama. "
            "Film terbuka pertama di dunia, kembali ke layar lebar."
        ),
        synopsis_en=(
            "Old Proog guides young Emo through a vast and endless machine. The further they go, "
            "the clearer it becomes that they do not see the same machine. The first open film, "
            "back on the big screen."
        ),
        duration_minutes=11,
        classification="13+",
        genres=("animation", "science-fiction", "short"),
        release_offset_days=12,
        original_language="English",
        subtitle_language="Indonesian",
        director="Bassam Kurdali",
        cast="Tygo Gernandt, Cas Jansen",
        country="Netherlands",
        distributor=_STUDIO,
        is_indonesian=False,
        formats=("2D",),
        popularity=2,
        attribution=(
            "(c) copyright 2006, Blender Foundation / Netherlands Media Art Institute / "
            "www.elephantsdream.org | www.blender.org. Creative Commons Attribution 2.5 "
            "(CC BY 2.5)."
        ),
    ),
)
