import type { LocalAnswer } from '../../core/proxy/http/answers.ts';
import type { LiveProxy } from '../../core/proxy/live.ts';
import { holds } from '../../core/proxy/samples/evaluate.ts';
import type { SampleFacts } from '../../core/proxy/samples/facts.ts';
import { answerMetrics } from '../../core/proxy/stats/metrics/exporter.ts';
import { answerPage } from '../../core/proxy/stats/page/answer.ts';
import type { HttpServices } from './http/http-services.ts';
import { momentOf } from './moment.ts';
import { obeyOrder } from './obey-order.ts';
import type { ProxyWorker } from './worker.ts';

/** The stats page and the metrics of a worker. */
export function createStatsServices(worker: ProxyWorker): Pick<HttpServices, 'stats' | 'metrics'> {
  return {
    metrics: ({ target }) => {
      const { status, headers, body } = answerMetrics(target, momentOf(worker));
      return whole(status, headers, body);
    },
    stats: (proxy, facts, body) => statsPage(worker, proxy, facts, body),
  };
}

function statsPage(
  worker: ProxyWorker,
  proxy: LiveProxy,
  facts: SampleFacts,
  body: string | undefined,
): LocalAnswer | undefined {
  const { request } = facts;
  const adminWhen = proxy.config.stats?.adminWhen;
  if (request === undefined) return undefined;
  const isAdmin = adminWhen === 'always' || (adminWhen !== undefined && holds(adminWhen, facts));
  const answer = answerPage(
    {
      method: request.method,
      target: request.target,
      header: (wanted) => request.headers.find(([name]) => name === wanted)?.[1],
      ...(body !== undefined && { body }),
      role: isAdmin ? 'admin' : 'reader',
    },
    proxy,
    momentOf(worker),
  );
  if (answer === undefined) return undefined;
  for (const order of answer.orders) obeyOrder(worker, order);
  if (request.method === 'HEAD')
    return { status: answer.status, headers: answer.headers, body: '', after: 'go-on' };
  return whole(answer.status, answer.headers, answer.body);
}

/** Text goes out as UTF-8, one character a byte from here on. */
function whole(status: number, headers: LocalAnswer['headers'], text: string): LocalAnswer {
  const body = Buffer.from(text, 'utf8').toString('latin1');
  return {
    status,
    headers: [...headers, ['content-length', String(body.length)]],
    body,
    after: 'go-on',
  };
}
