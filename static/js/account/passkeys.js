/* Says so when a passkey was not given: allauth's own script tells the console alone.
 *
 * Enter in a field of such a form presses its button, which asks for the passkey; the form itself
 * goes off once there is one. */

document.addEventListener("submit", (event) => {
  const credential = event.target.elements.namedItem("credential");
  if (credential && !credential.value.startsWith("{")) event.preventDefault(); // "null": none yet
});

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const notice = document.querySelector("[data-passkey-failed]");
  document.querySelector(".account-form .card-body").prepend(notice);
  notice.hidden = true;
  requestAnimationFrame(() => (notice.hidden = false)); // announced again each time
});
