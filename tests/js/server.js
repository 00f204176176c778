/* A real HTTP server on a free port with scripted responses, which records the requests. */

import { createServer } from "node:http";

export class TestServer {
  requests = [];
  #answers = [];
  #server = createServer((request, response) => this.#handle(request, response));

  static async start() {
    const server = new TestServer();
    await new Promise((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  url(path) {
    return `http://127.0.0.1:${this.#server.address().port}${path}`;
  }

  /* The next responses in order: { status, body, type, until }; `until` is a promise that delays
   * the response. A response of `null` breaks the connection. */
  answer(...answers) {
    this.#answers.push(...answers);
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const text = Buffer.concat(chunks).toString();
    const token = headers["x-csrftoken"];
    this.requests.push({ method, url, body: text && JSON.parse(text), token });
    const answer = this.#answers.shift();
    if (!answer) {
      request.socket.destroy();
      return;
    }
    await answer.until;
    response.writeHead(answer.status ?? 200, { "Content-Type": answer.type ?? "application/json" });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  }
}
