import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { NetworkError, Problem, requestJson } from "../../static/js/api.js";
import { FakeElement } from "./fakes.js";
import { TestServer } from "./server.js";

let server;

before(async () => {
  server = await TestServer.start();
});
beforeEach(() => {
  server.requests.length = 0;
  globalThis.document = new FakeElement({ cookie: "language=id; csrftoken=from-cookie" });
});
after(() => server.stop());

test("without a body it is a GET that carries no CSRF token", async () => {
  server.answer({ body: { seats: [1] } });

  assert.deepEqual(await requestJson(server.url("/seats")), { seats: [1] });
  assert.deepEqual(server.requests, [{ method: "GET", url: "/seats", body: "", token: undefined }]);
});

test("with a body it is a POST with the cookie's CSRF token", async () => {
  server.answer({ body: {} });

  await requestJson(server.url("/hold"), { body: { seats: [7] } });

  assert.deepEqual(server.requests, [
    { method: "POST", url: "/hold", body: { seats: [7] }, token: "from-cookie" },
  ]);
});

test("without the cookie the page's own CSRF token is sent", async () => {
  const field = new FakeElement({ value: "from-page" });
  const children = { "[name=csrfmiddlewaretoken]": field };
  globalThis.document = new FakeElement({ cookie: "", children });
  server.answer({ body: {} });

  await requestJson(server.url("/hold"), { body: {} });

  assert.equal(server.requests[0].token, "from-page");
});

test("an error response is a Problem with the code, message and details of its document", async () => {
  const body = { code: "seat_taken", detail: "A7 is taken", seats: [{ id: 7 }] };
  server.answer({ status: 409, body, type: "application/problem+json" });

  const error = await requestJson(server.url("/hold"), { body: {} }).catch((caught) => caught);

  assert.ok(error instanceof Problem);
  assert.deepEqual([error.code, error.message, error.details], ["seat_taken", "A7 is taken", body]);
});

test("an error response that is not JSON is a Problem without details", async () => {
  server.answer({ status: 502, body: "<h1>Bad gateway</h1>", type: "text/html" });

  const error = await requestJson(server.url("/hold")).catch((caught) => caught);

  assert.ok(error instanceof Problem);
  assert.deepEqual([error.code, error.message, error.details], ["error", "", {}]);
});

test("a broken connection and a truncated document are both a NetworkError", async () => {
  server.answer(null, { body: '{"seats": [' });

  for (const path of ["/broken-connection", "/broken-document"]) {
    const error = await requestJson(server.url(path), { body: {} }).catch((caught) => caught);
    assert.ok(error instanceof NetworkError, path);
  }
});
