/** The metrics as they are sent: written once for all who have asked at the same time. */
import type { Figures } from './entry.ts';
import { type Format, renderMetrics } from './exposition.ts';

export class MetricsPage {
  /** By the answers that they were made of, for as long as those are in use. */
  #of: Pick<Figures, 'vrrp' | 'servers'> | undefined;
  #pages = new Map<Format, Promise<Buffer>>();

  render(figures: Figures, format: Format): Promise<Buffer> {
    const { vrrp, servers } = figures;
    if (vrrp === undefined || vrrp !== this.#of?.vrrp || servers !== this.#of.servers) {
      this.#of = { vrrp, servers };
      this.#pages = new Map();
    }
    let page = this.#pages.get(format);
    if (page === undefined) {
      page = renderMetrics(figures, format).then((text) => Buffer.from(text));
      this.#pages.set(format, page);
    }
    return page;
  }
}
