// Follows an export that is being made; reloads the page once it is over, for the file or the fault.

const ASK_EVERY_MS = 1_000;
const ASK_EVERY_MS_MAX = 15_000;
const OPEN = ["queued", "running"];

const job = document.querySelector("[data-job]");
const part = (name) => job.querySelector(`[data-job-${name}]`);
let pause = ASK_EVERY_MS;

async function ask() {
  try {
    const answer = await fetch(job.dataset.job, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    show(await answer.json());
    pause = ASK_EVERY_MS;
  } catch {
    pause = Math.min(pause * 2, ASK_EVERY_MS_MAX);
  }
  if (OPEN.includes(job.dataset.state)) setTimeout(ask, pause);
  else location.reload();
}

function show(told) {
  job.dataset.state = told.state;
  part("words").textContent = told.words;
  part("progress").value = told.percent;
  part("rows").textContent = told.rows_done;
  part("total").textContent = told.rows_total ?? "…";
}

setTimeout(ask, pause);
