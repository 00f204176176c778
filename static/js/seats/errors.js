/* Messages for failed seat requests, with the actions that are possible. */

import { NetworkError } from "../api.js";
import { interpolate } from "./notice.js";

const labels = (seats) => seats.map((seat) => seat.label).join(", ");

/* After a lost race the server keeps what is left and holds a block for the whole party. */
function rescue({ rescue: offer }, lost, { notice, hold, page, messages }) {
  const seats = offer.labels;
  hold.clock.sync(offer.server_time);
  notice.show(`${lost} ${interpolate(messages.rescue, { seats, seconds: offer.seconds })}`, {
    tone: "danger",
    lastsMs: hold.clock.until(offer.expires_at),
    actions: [
      {
        label: interpolate(messages.takeNearest, { seats }),
        run: () => hold.submit(page.dataset.rescueUrl, { seats: offer.seats.map(({ id }) => id) }),
      },
    ],
  });
}

function seatTaken(error, context) {
  const { seats = [], nearest = [] } = error.details;
  const { notice, hold, store, messages } = context;
  store.assume(
    seats.map((seat) => seat.id),
    "held",
  );
  const text = seats.length
    ? interpolate(seats.length > 1 ? messages.lostMany : messages.lostOne, { seats: labels(seats) })
    : error.message;
  if (error.details.rescue) {
    rescue(error.details, text, context);
    return;
  }
  const actions = nearest.length
    ? [
        {
          label: interpolate(messages.takeNearest, { seats: labels(nearest) }),
          run: () => hold.add(nearest.map((seat) => seat.id)),
        },
      ]
    : [];
  notice.show(text, { tone: "danger", actions });
}

function noSuitableSeats(error, { notice, messages, forms }) {
  const actions = error.details.can_sit_apart
    ? [{ label: messages.sitApart, run: () => forms.sitApart() }]
    : [];
  notice.show(error.message, { tone: "danger", actions });
}

export function showError(error, context) {
  const { notice, hold, feed, messages, page } = context;
  if (error.code === "waiting_room") {
    location.assign(page.dataset.waitingUrl);
    return;
  }
  if (error instanceof NetworkError) {
    notice.show(navigator.onLine ? messages.noAnswer : messages.offline, { tone: "danger" });
    return;
  }
  if (error.code === "seat_taken") seatTaken(error, context);
  else if (error.code === "no_suitable_seats") noSuitableSeats(error, context);
  else notice.show(error.message || messages.failed, { tone: "danger" });
  // After any error the displayed statuses may be stale.
  feed.refetch();
  if (error.code !== "seat_taken" || error.details.rescue) hold.refresh();
}
