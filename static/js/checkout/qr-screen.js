/* Shows a QR code on a white screen that stays on, for the scanner at the door. */

let lock = null;

async function keepAwake() {
  try {
    lock = await navigator.wakeLock?.request("screen");
  } catch {
    // Low battery, or not supported: the screen turns off as usual.
  }
}

export function enableQrScreen(dialog) {
  const image = dialog.querySelector("[data-qr-image]");
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-qr-open]");
    if (!button) return;
    const code = button.querySelector("img");
    image.src = code.src;
    image.alt = code.alt;
    dialog.querySelector("[data-qr-label]").textContent = button.dataset.qrOpen;
    dialog.showModal();
    keepAwake();
  });
  dialog.addEventListener("close", () => {
    lock?.release();
    lock = null;
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || target.closest("[data-qr-close]")) dialog.close();
  });
  // The browser releases the lock when the page is hidden.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && dialog.open) keepAwake();
  });
}
