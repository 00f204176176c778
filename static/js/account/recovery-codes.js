/* Saves the recovery codes on the page as a file: the server shows them only once. */

for (const button of document.querySelectorAll("[data-save-codes]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const codes = [...document.querySelectorAll("[data-codes] code")].map(
      (code) => code.textContent,
    );
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${codes.join("\n")}\n`], { type: "text/plain" }));
    link.download = button.dataset.saveCodes;
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
