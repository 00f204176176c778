// The start of a showtime on the reader's own clock, where it differs from the cinema's.

const OFFSET = /([+-])(\d\d):(\d\d)$/;

// The offset that an ISO time names, in minutes; 0 for "Z".
function offsetMinutes(iso) {
  const [, sign, hours, minutes] = iso.match(OFFSET) ?? ["", "+", "0", "0"];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

// "18:30", or "Fri 23:30" where the day differs, too; empty where the clocks agree.
export function ownTime(iso, language) {
  const at = new Date(iso);
  const own = -at.getTimezoneOffset();
  if (own === offsetMinutes(iso)) return "";
  const pad = (number) => String(number).padStart(2, "0");
  const hour = `${pad(at.getHours())}:${pad(at.getMinutes())}`;
  if (pad(at.getDate()) === iso.slice(8, 10)) return hour;
  return `${new Intl.DateTimeFormat(language, { weekday: "short" }).format(at)} ${hour}`;
}

export function showOwnTimes(root = document) {
  for (const place of root.querySelectorAll("[data-own-time]")) {
    const time = ownTime(place.dataset.ownTime, document.documentElement.lang);
    place.textContent = time && `· ${place.dataset.ownTimeText.replace("{time}", time)}`;
    place.hidden = !time;
  }
}

if (globalThis.document) showOwnTimes();
