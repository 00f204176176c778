// Suggestions while a search is typed. Without this script the form searches as it is.

const DELAY_MS = 150;
const LETTERS_MIN = 2;

for (const input of document.querySelectorAll("[data-suggest]")) {
  const list = document.createElement("datalist");
  list.id = `${input.id}-suggestions`;
  input.after(list);
  input.setAttribute("list", list.id);
  const paths = new Map();
  let timer = null;
  let current = "";

  async function suggest() {
    const query = input.value.trim();
    if (query.length < LETTERS_MIN || query === current) return;
    current = query;
    try {
      const response = await fetch(
        `${input.dataset.suggest}?${new URLSearchParams({ q: query })}`,
        {
          headers: { "Accept-Language": document.documentElement.lang },
        },
      );
      if (!response.ok || query !== current) return;
      show((await response.json()).results);
    } catch {
      // Without suggestions the search still works.
    }
  }

  function show(results) {
    paths.clear();
    list.replaceChildren(
      ...results.map(({ text, path }) => {
        paths.set(text, path);
        const option = document.createElement("option");
        option.value = text;
        return option;
      }),
    );
  }

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    // A chosen suggestion replaces the whole text at once, which no key does.
    const isChosen = !event.inputType || event.inputType === "insertReplacementText";
    if (isChosen && paths.has(input.value)) location.assign(paths.get(input.value));
    else timer = setTimeout(suggest, DELAY_MS);
  });
}
