/** The page of figures of a pod: of this process, and of the daemon where that answers. */
import type { ServerFigures } from '../../api/prometheus/entry.ts';
import {
  CONTENT_TYPES,
  type Format,
  negotiateFormat,
  renderPodMetrics,
} from '../../api/prometheus/exposition.ts';
import type { KubernetesFigures } from '../../api/prometheus/kubernetes-table.ts';
import { ServerQuestions } from '../control-child/server-figures.ts';
import { DurationHistogram } from '../metrics/histogram.ts';
import type { DaemonLink } from './daemon-link.ts';

export interface MetricsPage {
  readonly type: string;
  readonly text: string;
}

export interface PodMetricsParts {
  readonly daemon: Pick<DaemonLink, 'metrics'>;
  /** Of the VRRP process; that of the checker process is beside. */
  readonly controlSocket: string;
  /** Undefined before there is a way to the API server. */
  controller(): { figures(): KubernetesFigures; readonly balances: boolean } | undefined;
}

/** Who asks in the meantime gets the same: nobody can slow the daemon down by asking. */
const FRESH_MS = 1000;

export class PodMetrics {
  readonly #parts: PodMetricsParts;
  readonly #servers: ServerQuestions;
  readonly #pages = new Map<Format, Promise<string>>();
  #answeredSeconds: number | undefined;

  constructor(parts: PodMetricsParts) {
    this.#parts = parts;
    this.#servers = new ServerQuestions(`${parts.controlSocket}.servers`);
  }

  async page(accept: string | undefined): Promise<MetricsPage> {
    const format = negotiateFormat(accept);
    let page = this.#pages.get(format);
    if (page === undefined) {
      page = this.#render(format);
      this.#pages.set(format, page);
      const forget = (): void => {
        setTimeout(() => this.#pages.delete(format), FRESH_MS).unref();
      };
      void page.then(forget, forget);
    }
    return { type: CONTENT_TYPES[format], text: await page };
  }

  async #render(format: Format): Promise<string> {
    const { daemon, controller } = this.#parts;
    const [vrrp, servers] = await Promise.all([
      daemon.metrics().catch(() => undefined),
      this.#serverFigures(),
    ]);
    if (vrrp !== undefined) this.#answeredSeconds = Date.now() / 1000;
    const figures = { vrrp, servers, answeredSeconds: this.#answeredSeconds };
    return renderPodMetrics(figures, controller()?.figures() ?? nothing(), format);
  }

  #serverFigures(): Promise<ServerFigures> {
    return this.#parts.controller()?.balances === true
      ? this.#servers.ask()
      : Promise.resolve('none');
  }
}

function nothing(): KubernetesFigures {
  const none = new DurationHistogram([]).figures();
  return {
    ...{ readiness: 'unready', residentBytes: process.memoryUsage.rss() },
    ...{ appliedSeconds: undefined, resources: [], planning: none, applying: none },
    ...{ plans: {}, refusedEntries: 0, problems: {}, events: {}, vips: [] },
  };
}
