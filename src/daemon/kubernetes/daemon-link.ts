/** The VRRP process, by its control socket. */
import {
  ANSWER_LIMIT_MS,
  CHANGE_LIMIT_MS,
  ControlError,
  connectControl,
} from '../../api/client.ts';
import type {
  EventsResult,
  HandoverResult,
  MetricsResult,
  Operation,
  ReloadResult,
  Request,
  Results,
  StatusResult,
} from '../../api/protocol.ts';

export class DaemonLink {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** These reject with a ControlError. */
  status(): Promise<StatusResult> {
    return this.#ask({ op: 'status' }, ANSWER_LIMIT_MS);
  }

  metrics(): Promise<MetricsResult> {
    return this.#ask({ op: 'metrics' }, ANSWER_LIMIT_MS);
  }

  reload(): Promise<ReloadResult> {
    return this.#ask({ op: 'reload' }, CHANGE_LIMIT_MS);
  }

  handover(instance: string): Promise<HandoverResult> {
    return this.#ask({ op: 'handover', instance }, CHANGE_LIMIT_MS);
  }

  /** Rejects when the connection ends. */
  async follow(since: number, onPage: (page: EventsResult) => void): Promise<never> {
    const client = await connectControl(this.#path);
    try {
      return await client.follow({ since }, onPage);
    } finally {
      client.close();
    }
  }

  /** A connection each: none is kept through an upgrade. */
  async #ask<Op extends Operation>(
    request: Extract<Request, { op: Op }>,
    limitMs: number,
  ): Promise<Results[Op]> {
    const client = await connectControl(this.#path);
    try {
      return await client.ask<Op>(request, limitMs);
    } finally {
      client.close();
    }
  }
}

/** Whether the daemon has judged, rather than not been there. */
export function isVerdict(error: unknown): error is ControlError {
  return error instanceof ControlError && error.code === 'failed';
}
