/**
 * What the checker process knows, asked whenever somebody wants to see it: it may be away for a moment, and
 * another one come, so that no connection is kept. Who asks in the meantime shares the answer.
 */
import { connectControl, FIGURES_LIMIT_MS } from '../../api/client.ts';
import type { ServerFigures } from '../../api/prometheus/entry.ts';

/** Figures younger than this are as good as new ones. */
const FRESH_MS = 200;

export class ServerQuestions {
  readonly #path: string | undefined;
  #answer: Promise<ServerFigures> | undefined;

  /** `path`: of the socket; undefined where there are no virtual servers. */
  constructor(path: string | undefined) {
    this.#path = path;
  }

  ask(): Promise<ServerFigures> {
    const path = this.#path;
    if (path === undefined) return Promise.resolve('none');
    if (this.#answer === undefined) {
      this.#answer = question(path).catch(() => 'silent' as const);
      const forget = (): void => {
        this.#answer = undefined;
      };
      void this.#answer.then(() => setTimeout(forget, FRESH_MS).unref());
    }
    return this.#answer;
  }
}

async function question(path: string): Promise<ServerFigures> {
  const client = await connectControl(path);
  try {
    return await client.ask({ op: 'servers' }, FIGURES_LIMIT_MS);
  } finally {
    client.close();
  }
}
