// Counts down to the end of the session, then shows that it is over: the bank takes no payment
// after that whatever the page shows.
const timer = document.querySelector("[data-countdown]");

if (timer) {
  // A page that comes back from the browser's history carries an old number: ask again.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());

  const endsAt = performance.now() + Number(timer.dataset.countdown) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
    timer.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    timer.classList.toggle("countdown--short", left <= 60);
    if (left > 0) return;
    clearInterval(beat);
    document.querySelector("[data-while-open]").hidden = true;
    document.querySelector("[data-when-over]").hidden = false;
  };
  const beat = setInterval(tick, 500);
  tick();
}
