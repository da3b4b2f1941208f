/** Watches by way of the shim: line by line, begun by all there is where a client asks for that (KEP-3157). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Fields, fieldsOf, listOf } from '../../../src/base/json-fields.ts';
import { JsonLines } from '../../../src/kubernetes/client/json-lines.ts';
import { sendStatus } from './faults.ts';
import type { Upstream, UpstreamRequest } from './upstream.ts';

export type Convert = (object: Fields) => Fields;

export class Watches {
  readonly #upstream: Upstream;
  readonly #open = new Map<ServerResponse, string>();

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** As the server does it, with objects converted. */
  async pass(asked: UpstreamRequest, response: ServerResponse, convert: Convert): Promise<void> {
    const from = await this.#upstream.open(asked);
    response.writeHead(from.statusCode ?? 502, { 'content-type': 'application/json' });
    response.flushHeaders();
    await this.#follow(from, response, asked.path, convert);
  }

  /** watch-list, of a server that has only lists and watches. */
  async begin(asked: UpstreamRequest, response: ServerResponse, convert: Convert): Promise<void> {
    const url = new URL(asked.path, 'http://shim');
    const { searchParams: query } = url;
    if (query.get('resourceVersionMatch') !== 'NotOlderThan') {
      sendStatus(response, 422, 'sendInitialEvents requires resourceVersionMatch NotOlderThan');
      return;
    }
    if (query.get('allowWatchBookmarks') !== 'true') {
      sendStatus(response, 422, 'sendInitialEvents requires allowWatchBookmarks');
      return;
    }
    for (const name of ['sendInitialEvents', 'resourceVersionMatch']) query.delete(name);
    const watchQuery = new URLSearchParams(query);
    for (const name of ['watch', 'allowWatchBookmarks', 'timeoutSeconds']) query.delete(name);
    const list = await this.#upstream.ask({ ...asked, path: pathOf(url, query) });
    if (list.status !== 200) {
      response.writeHead(list.status, { 'content-type': 'application/json' });
      response.end(list.text);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    const { items, kind, apiVersion, metadata } = fieldsOf(JSON.parse(list.text));
    const own = { kind: String(kind).replace(/List$/, ''), apiVersion };
    for (const item of listOf(items)) {
      write(response, 'ADDED', convert({ ...own, ...fieldsOf(item) }));
    }
    const { resourceVersion } = fieldsOf(metadata);
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    write(response, 'BOOKMARK', convert({ ...own, metadata: { resourceVersion, annotations } }));
    watchQuery.set('resourceVersion', String(resourceVersion));
    const from = await this.#upstream.open({ ...asked, path: pathOf(url, watchQuery) });
    await this.#follow(from, response, url.pathname, convert);
  }

  /** All that are open and match break off. */
  cut(match: string): void {
    for (const [response, path] of this.#open) if (new RegExp(match).test(path)) response.destroy();
  }

  /** All that are open and match are told an error, and end. */
  tell(match: string, status: object): void {
    for (const [response, path] of this.#open) {
      if (!new RegExp(match).test(path)) continue;
      write(response, 'ERROR', { kind: 'Status', apiVersion: 'v1', ...status });
      response.end();
    }
  }

  async #follow(
    from: IncomingMessage,
    response: ServerResponse,
    path: string,
    convert: Convert,
  ): Promise<void> {
    this.#open.set(response, path);
    response.on('close', () => {
      this.#open.delete(response);
      from.destroy();
    });
    const lines = new JsonLines((value) => {
      const { type, object } = fieldsOf(value);
      const isObject = type !== 'ERROR' && from.statusCode === 200;
      const converted = isObject ? convert(fieldsOf(object)) : object;
      if (!response.writableEnded) write(response, String(type), converted);
    });
    from.setEncoding('utf8');
    try {
      for await (const text of from) lines.push(text as string);
      response.end();
    } catch {
      // As it broke off there, it breaks off here.
      response.destroy();
    }
  }
}

function write(response: ServerResponse, type: string, object: unknown): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function pathOf({ pathname }: URL, query: URLSearchParams): string {
  return `${pathname}?${query}`;
}
