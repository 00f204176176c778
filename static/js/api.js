/* JSON requests to the site; problem documents become errors with their code and message. */

const TIMEOUT_MS = 10_000;

export class Problem extends Error {
  constructor(document) {
    super(document.detail ?? "");
    this.code = document.code ?? "error";
    this.details = document;
  }
}

/* No response arrived: whether the server acted is unknown. */
export class NetworkError extends Error {}

function csrfToken() {
  // The cookie is fresher than the page: signing in from another tab replaces it.
  const cookie = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/);
  return cookie ? cookie[1] : (document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
}

async function orNetworkError(request) {
  try {
    return await request;
  } catch (error) {
    throw new NetworkError(error.message);
  }
}

export async function requestJson(
  url,
  { body, method = body === undefined ? "GET" : "POST" } = {},
) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await orNetworkError(
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
  const document = isJson ? await orNetworkError(response.json()) : {};
  if (!response.ok) throw new Problem(document);
  return document;
}
