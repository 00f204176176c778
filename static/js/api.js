/* Requests to our own site, and its refusals as errors that carry the site's own words. */

const TIMEOUT_MS = 10_000;

export class Problem extends Error {
  constructor(document) {
    super(document.detail ?? "");
    this.code = document.code ?? "error";
    this.facts = document;
  }
}

/* No answer came: whether the server acted is unknown. */
export class NoAnswer extends Error {}

function csrfToken() {
  // The cookie is fresher than the page: signing in from another tab replaces it.
  const cookie = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/);
  return cookie ? cookie[1] : (document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
}

async function answerOf(request) {
  try {
    return await request;
  } catch (error) {
    throw new NoAnswer(error.message);
  }
}

export async function ask(url, { body, method = body === undefined ? "GET" : "POST" } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await answerOf(
    fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }),
  );
  const isJson = (response.headers.get("Content-Type") ?? "").includes("json");
  const document = isJson ? await answerOf(response.json()) : {};
  if (!response.ok) throw new Problem(document);
  return document;
}
