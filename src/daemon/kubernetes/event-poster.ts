/** What somebody has to know, as Events of the objects: each once for as long as it stays true. */
import { createHash } from 'node:crypto';
import type { ApiClient } from '../../kubernetes/client/api-client.ts';
import { ApiError } from '../../kubernetes/client/api-error.ts';
import type { Diagnosis } from '../../kubernetes/reconcile/objects.ts';
import type { EventOutcome } from './measures.ts';

export interface EventPosterParts {
  readonly client: Pick<ApiClient, 'ask'>;
  readonly host: string;
  /** Of this process. */
  readonly podName: string;
  tell(level: 'info' | 'warning', text: string): void;
  sent?(outcome: EventOutcome): void;
}

const EXISTS = 409;
const PER_ROUND_MAX = 50;
const MESSAGE_CHARACTERS_MAX = 1000;
/** Events are forgotten after an hour on most clusters. */
const AGAIN_MS = 3_600_000;

export class EventPoster {
  readonly #parts: EventPosterParts;
  /** When each was told, by its name. */
  #told = new Map<string, number>();
  #complained = false;
  #count = 0;

  constructor(parts: EventPosterParts) {
    this.#parts = parts;
  }

  /** All that is wrong now. */
  post(diagnoses: readonly Diagnosis[]): void {
    const now = performance.now();
    const told = new Map<string, number>();
    let posted = 0;
    for (const diagnosis of diagnoses) {
      const name = eventName(diagnosis);
      if (told.has(name)) continue;
      const before = this.#told.get(name);
      if (before !== undefined && now - before < AGAIN_MS) told.set(name, before);
      else if (posted++ < PER_ROUND_MAX) {
        told.set(name, now);
        if (before === undefined) this.#log(diagnosis);
        void this.#send(name, diagnosis);
      }
    }
    this.#told = told;
  }

  /** Something that has happened, and is over. */
  report(event: Diagnosis & { readonly type: 'Normal' | 'Warning' }): void {
    const name = `${event.object.name.slice(0, 200)}.${Date.now().toString(16)}${this.#count++}`;
    void this.#send(name, event, event.type);
  }

  #log({ object, reason, message }: Diagnosis): void {
    const where = object.namespace === '' ? object.name : `${object.namespace}/${object.name}`;
    this.#parts.tell('warning', `${object.kind} ${where}: ${message} [${reason}]`);
  }

  async #send(
    name: string,
    diagnosis: Diagnosis,
    type: 'Normal' | 'Warning' = 'Warning',
  ): Promise<void> {
    const { namespace } = diagnosis.object;
    // A Node is in no namespace: its Events are in this one.
    const path = `/api/v1/namespaces/${namespace || 'default'}/events`;
    try {
      await this.#parts.client.ask({
        method: 'POST',
        path,
        body: { ...this.#body(name, diagnosis), type },
      });
      this.#parts.sent?.('written');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#parts.sent?.(error.status === EXISTS ? 'known' : 'failed');
      // Other nodes see the same, and give it the same name.
      if (error.status === EXISTS || this.#complained) return;
      this.#complained = true;
      this.#parts.tell('warning', `Events cannot be written, the log has them: ${error.message}`);
    }
  }

  #body(name: string, { object, reason, message }: Diagnosis): object {
    const { host, podName } = this.#parts;
    const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const involved =
      object.namespace === '' ? { uid: object.name } : { namespace: object.namespace };
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: object.namespace || 'default' },
      involvedObject: { apiVersion: 'v1', kind: object.kind, name: object.name, ...involved },
      reason,
      message: message.slice(0, MESSAGE_CHARACTERS_MAX),
      count: 1,
      firstTimestamp: time,
      lastTimestamp: time,
      source: { component: 'holdfast', host },
      reportingComponent: 'holdfast',
      reportingInstance: podName,
    };
  }
}

/** As it is the same wherever it is seen, a hundred nodes write it once. */
function eventName({ object, reason, message }: Diagnosis): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([object.kind, object.namespace, reason, message]))
    .digest('hex');
  return `${object.name.slice(0, 200)}.${hash.slice(0, 16)}`;
}
