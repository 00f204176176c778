/* Gives the seat map its final scale before it is first painted, and queues taps until the page's
 * modules are loaded. A classic script, placed after the map, because modules run much later. */

globalThis.initialSeatMap = (() => {
  const SEAT_SMALLEST_PX = 24; // the smallest target that can be tapped
  const SEAT_COMFORTABLE_PX = 32; // used where the whole map would have smaller seats
  const SEAT_FIRST_PX = 52;
  const taps = [];

  function widthForSeat(svg, px) {
    return (px / Number(svg.dataset.cell)) * svg.viewBox.baseVal.width;
  }

  /* Shows the whole map, or its middle if the seats would be too small to tap. */
  function fit(frame) {
    const svg = frame.querySelector("[data-seat-map]");
    const style = getComputedStyle(frame);
    const available =
      frame.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const isTappable = available >= widthForSeat(svg, SEAT_SMALLEST_PX);
    const wanted = isTappable ? available : widthForSeat(svg, SEAT_COMFORTABLE_PX);
    const width = Math.min(wanted, widthForSeat(svg, SEAT_FIRST_PX));
    frame.querySelector("[data-zoom-canvas]").style.width = `${width}px`;
    frame.toggleAttribute("data-overflows", width > available + 1);
    frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
  }

  function queueTap({ target }) {
    const seat = target.closest("[data-seat]");
    if (!seat || seat.getAttribute("aria-disabled") === "true" || taps.includes(seat)) return;
    taps.push(seat);
    seat.dataset.status = "pending";
    seat.querySelector(".seat__sign").setAttribute("href", "#sign-pending");
  }

  /* Stops queueing and returns the tapped seats in order. */
  function takeTaps(frame) {
    frame.removeEventListener("click", queueTap);
    return taps.splice(0);
  }

  function start(frame) {
    fit(frame);
    frame.addEventListener("click", queueTap);
  }

  return { fit, start, takeTaps, SEAT_SMALLEST_PX, SEAT_COMFORTABLE_PX, SEAT_FIRST_PX };
})();

if (globalThis.document?.currentScript) {
  globalThis.initialSeatMap.start(document.querySelector("[data-zoom-frame]"));
}
