/** The checker process, by its control socket: changes of single virtual servers (ADR 0014). */

import type { ControlClient } from '../../api/client.ts';
import { CHANGE_LIMIT_MS, ControlError, connectControl } from '../../api/client.ts';
import type { ServersChangeRequest } from '../../api/protocol.ts';
import type { ServersChangeResult } from '../../api/servers.ts';

export type ServersChangeQuery = Omit<ServersChangeRequest, 'op'>;

export class ServersLink {
  readonly #path: string;
  /** Kept: a hundred changes a second are more than connections may be made. */
  #client: ControlClient | undefined;

  /** `controlSocket`: that of the VRRP process. */
  constructor(controlSocket: string) {
    this.#path = `${controlSocket}.servers`;
  }

  /** Rejects with a ControlError. */
  async change(query: ServersChangeQuery): Promise<ServersChangeResult> {
    const request = { op: 'change-servers', ...query } as const;
    const kept = this.#client;
    if (kept !== undefined) {
      try {
        return await kept.ask<'change-servers'>(request, CHANGE_LIMIT_MS);
      } catch (error) {
        if (!(error instanceof ControlError) || error.code !== 'gone') throw error;
        // Another process, or this one was silent for minutes; the same again does no harm.
        kept.close();
        this.#client = undefined;
      }
    }
    const client = await connectControl(this.#path);
    this.#client = client;
    return client.ask<'change-servers'>(request, CHANGE_LIMIT_MS);
  }
}
