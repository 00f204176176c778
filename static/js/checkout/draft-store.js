/* A draft in sessionStorage. It expires because a device may be shared. */

const DRAFT_TTL_MS = 10 * 60 * 1000;

export function readDraft(key) {
  try {
    const draft = JSON.parse(sessionStorage.getItem(key)) ?? {};
    return Date.now() - draft.at < DRAFT_TTL_MS ? draft : {};
  } catch {
    return {};
  }
}

export function writeDraft(key, draft) {
  try {
    sessionStorage.setItem(key, JSON.stringify({ ...draft, at: Date.now() }));
  } catch {
    // Storage is unavailable: the fields are filled in again.
  }
}
