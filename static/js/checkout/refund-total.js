/* The sum of the refunds of the ticked tickets, at most what is left of the payment, written like the
 * amount that the server wrote. Without this script it would be wrong after the first change, so the page hides it. */

export function showRefundTotal(form) {
  const line = form.querySelector("[data-refund-line]");
  if (!line) return;
  const shown = line.querySelector("[data-refund-total]");
  const money = new Intl.NumberFormat(document.documentElement.lang);
  const button = form.querySelector("[type=submit]");
  function update() {
    const ticked = [...form.querySelectorAll("[data-refund]:checked")];
    const total = ticked.reduce((sum, box) => sum + Number(box.dataset.refund), 0);
    shown.textContent = `Rp${money.format(Math.min(total, Number(form.dataset.refunds)))}`;
    button.disabled = ticked.length === 0;
  }
  form.addEventListener("change", update);
  update(); // the browser may have restored other ticks
  line.hidden = false;
}
