/** What happens in the VRRP process, as it happens: from now on, and again after it was another program. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlError } from '../../api/client.ts';
import type { EventRecord, StatusResult } from '../../api/protocol.ts';
import type { DaemonLink } from './daemon-link.ts';

export interface DaemonNewsParts {
  readonly daemon: Pick<DaemonLink, 'status' | 'follow'>;
  /** How it is when following begins. */
  begun(status: StatusResult): void;
  happened(event: EventRecord): void;
}

const AGAIN_MS = 1000;

/** Never ends. */
export async function followDaemon({ daemon, begun, happened }: DaemonNewsParts): Promise<never> {
  for (;;) {
    try {
      const status = await daemon.status();
      begun(status);
      await daemon.follow(status.lastEvent, ({ events }) => {
        for (const event of events) happened(event);
      });
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
    }
    await sleep(AGAIN_MS);
  }
}
