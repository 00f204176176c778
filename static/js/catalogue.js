// Enhancements of the catalogue pages; without this script they work by links and forms.

// Submits a filter form when a choice changes.
for (const form of document.querySelectorAll("[data-autosubmit]")) {
  form.dataset.enhanced = "";
  form.addEventListener("change", (event) => {
    if (event.target.matches("select")) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    // Empty filters are left out of the URL.
    for (const input of form.elements) if (input.name && !input.value) input.disabled = true;
  });
  // After going back, the browser may restore disabled fields.
  window.addEventListener("pageshow", () => {
    for (const input of form.elements) input.disabled = false;
  });
}

// Scrolls the selected day into view on narrow screens.
for (const strip of document.querySelectorAll("[data-scroll-to-current]")) {
  const current = strip.querySelector("[aria-current]");
  if (current)
    strip.scrollLeft = current.offsetLeft - (strip.clientWidth - current.clientWidth) / 2;
}

// The city that a visitor chose, remembered in this browser: the pages themselves are the same for
// everybody. Home, schedule and film pages open in it unless their URL names another.
const CITY_KEY = "layar-city";
const cityLinks = [...document.querySelectorAll("[data-city]")];
const params = new URLSearchParams(location.search);

function rememberedCity() {
  try {
    return localStorage.getItem(CITY_KEY) ?? "";
  } catch {
    return "";
  }
}

function rememberCity(city) {
  try {
    if (city) localStorage.setItem(CITY_KEY, city);
    else localStorage.removeItem(CITY_KEY);
  } catch {
    // Storage is unavailable: the city is chosen again.
  }
}

/** The only city in the browser's time zone: a first guess, not remembered. */
function cityOfTimeZone() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const near = cityLinks.filter((link) => link.dataset.timeZone === timeZone);
  return near.length === 1 ? near[0].dataset.city : "";
}

for (const link of cityLinks) {
  link.addEventListener("click", () => rememberCity(link.dataset.city));
}
if (cityLinks.length && !params.has("city") && !params.has("cinema")) {
  const current = cityLinks.find((link) => link.hasAttribute("aria-current"));
  const wanted = rememberedCity() || cityOfTimeZone();
  const link = cityLinks.find(({ dataset }) => dataset.city === wanted);
  if (wanted && link && link !== current) {
    params.set("city", wanted);
    location.replace(`${location.pathname}?${params}${location.hash}`);
  }
}

/** Squared distance of a city's link from a position, in degrees of latitude. */
function distance({ dataset }, { latitude, longitude }) {
  const east = (dataset.longitude - longitude) * Math.cos((latitude * Math.PI) / 180);
  return (dataset.latitude - latitude) ** 2 + east ** 2;
}

// The nearest city, only when it is asked for; the position stays in the browser.
const locate = document.querySelector("[data-locate]");
const placed = cityLinks.filter(({ dataset }) => dataset.latitude);
if (locate && placed.length > 1 && navigator.geolocation) {
  locate.hidden = false;
  locate.addEventListener("click", () => {
    locate.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        placed.sort((one, other) => distance(one, coords) - distance(other, coords))[0].click();
      },
      () => {
        locate.hidden = true; // refused or unknown: the cities are still there to choose
      },
    );
  });
}
