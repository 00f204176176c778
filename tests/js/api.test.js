import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { ask, NoAnswer, Problem } from "../../static/js/api.js";
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

  assert.deepEqual(await ask(server.url("/seats")), { seats: [1] });
  assert.deepEqual(server.requests, [{ method: "GET", url: "/seats", body: "", token: undefined }]);
});

test("with a body it is a POST with the cookie's CSRF token", async () => {
  server.answer({ body: {} });

  await ask(server.url("/hold"), { body: { seats: [7] } });

  assert.deepEqual(server.requests, [
    { method: "POST", url: "/hold", body: { seats: [7] }, token: "from-cookie" },
  ]);
});

test("without the cookie the page's own CSRF token is sent", async () => {
  const field = new FakeElement({ value: "from-page" });
  const children = { "[name=csrfmiddlewaretoken]": field };
  globalThis.document = new FakeElement({ cookie: "", children });
  server.answer({ body: {} });

  await ask(server.url("/hold"), { body: {} });

  assert.equal(server.requests[0].token, "from-page");
});

test("a refusal is a Problem with the site's code, text and facts", async () => {
  const body = { code: "seat_taken", detail: "A7 is taken", seats: [{ id: 7 }] };
  server.answer({ status: 409, body, type: "application/problem+json" });

  const error = await ask(server.url("/hold"), { body: {} }).catch((caught) => caught);

  assert.ok(error instanceof Problem);
  assert.deepEqual([error.code, error.message, error.facts], ["seat_taken", "A7 is taken", body]);
});

test("a refusal that is not JSON is a Problem without facts", async () => {
  server.answer({ status: 502, body: "<h1>Bad gateway</h1>", type: "text/html" });

  const error = await ask(server.url("/hold")).catch((caught) => caught);

  assert.ok(error instanceof Problem);
  assert.deepEqual([error.code, error.message, error.facts], ["error", "", {}]);
});

test("a broken connection and a broken document are both NoAnswer", async () => {
  server.answer(null, { body: '{"seats": [' });

  for (const path of ["/broken-connection", "/broken-document"]) {
    const error = await ask(server.url(path), { body: {} }).catch((caught) => caught);
    assert.ok(error instanceof NoAnswer, path);
  }
});
