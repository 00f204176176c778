/* One tab stop for the seat map: arrow keys move between seats, Home and End along a row. */

function centre(element) {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2, size: box.height };
}

/* The nearest seat in a direction; sideways distance counts double, so that rows are preferred. */
function neighbour(seats, from, [dx, dy]) {
  const start = centre(from);
  let best = null;
  let bestCost = Infinity;
  for (const seat of seats) {
    if (seat === from) continue;
    const { x, y } = centre(seat);
    const ahead = (x - start.x) * dx + (y - start.y) * dy;
    const aside = Math.abs((x - start.x) * dy) + Math.abs((y - start.y) * dx);
    if (ahead < start.size / 3 || (dx && aside > start.size / 2)) continue;
    const cost = ahead + aside * 2;
    if (cost < bestCost) [best, bestCost] = [seat, cost];
  }
  return best;
}

function rowEnd(seats, from, isLast) {
  const row = seats.filter((seat) => seat.dataset.row === from.dataset.row);
  return isLast ? row.at(-1) : row[0];
}

const DIRECTIONS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function enableArrowKeys(svg, onToggle) {
  const seats = [...svg.querySelectorAll("[data-seat]")];

  function focus(seat) {
    svg.querySelector("[data-seat][tabindex='0']")?.setAttribute("tabindex", "-1");
    seat.setAttribute("tabindex", "0");
    seat.focus({ preventScroll: true });
    seat.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  svg.addEventListener("keydown", (event) => {
    const seat = event.target.closest("[data-seat]");
    if (!seat || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (!event.repeat) onToggle(seat);
      return;
    }
    let next = null;
    if (event.key in DIRECTIONS) next = neighbour(seats, seat, DIRECTIONS[event.key]);
    else if (event.key === "Home" || event.key === "End") {
      next = rowEnd(seats, seat, event.key === "End");
    } else return;
    event.preventDefault();
    if (next) focus(next);
  });

  return { focus };
}
