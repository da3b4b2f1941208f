import { failurePage } from '../../core/proxy/http/answers.ts';
import type { HttpServices } from './http/http-services.ts';
import type { ProxyWorker } from './worker.ts';

/** The stats page and the metrics of a worker. */
export function createStatsServices(_worker: ProxyWorker): Pick<HttpServices, 'stats' | 'metrics'> {
  return {
    metrics: () => failurePage(501),
    stats: (_proxy, _settings, _facts, _inbox, _head, onAnswer) => onAnswer(failurePage(501)),
  };
}
