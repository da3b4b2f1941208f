/** The metrics as they are sent: written once for all who have asked at the same time. */
import type { MetricsResult } from '../metrics.ts';
import type { Figures } from './entry.ts';
import { type Format, renderMetrics } from './exposition.ts';

export class MetricsPage {
  /** By the answer that they were made of, for as long as it is in use. */
  #of: MetricsResult | undefined;
  #pages = new Map<Format, Promise<Buffer>>();

  render(figures: Figures, format: Format): Promise<Buffer> {
    if (figures.vrrp === undefined || figures.vrrp !== this.#of) {
      this.#of = figures.vrrp;
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
