/* Shows an error when a passkey request fails; allauth's script only logs it to the console.
 *
 * Enter in a field of such a form presses its button, which requests the passkey; the form is
 * submitted once a credential exists. */

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
