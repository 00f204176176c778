/* Why a tap did not work, in words, with what can be done about it. */

import { NoAnswer } from "../api.js";
import { fill } from "./notice.js";

const labels = (seats) => seats.map((seat) => seat.label).join(", ");

function seatTaken(error, { notice, hold, store, words }) {
  const { seats = [], nearest = [] } = error.facts;
  store.assume(
    seats.map((seat) => seat.id),
    "held",
  );
  const actions = nearest.length
    ? [
        {
          label: fill(words.takeNearest, { seats: labels(nearest) }),
          run: () => hold.take(nearest.map((seat) => seat.id)),
        },
      ]
    : [];
  const text = seats.length
    ? fill(seats.length > 1 ? words.lostMany : words.lostOne, { seats: labels(seats) })
    : error.message;
  notice.show(text, { tone: "danger", actions });
}

export function explain(error, context) {
  const { notice, hold, feed, words } = context;
  if (error instanceof NoAnswer) {
    notice.show(navigator.onLine ? words.noAnswer : words.offline, { tone: "danger" });
    return;
  }
  if (error.code === "seat_taken") seatTaken(error, context);
  else notice.show(error.message || words.failed, { tone: "danger" });
  // Whatever it was, what we show may be behind the truth.
  feed.refetch();
  if (error.code !== "seat_taken") hold.refresh();
}
