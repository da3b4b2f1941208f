/**
 * Who holds what, for `kubectl get configmap NAME-status`: each node writes the addresses that it holds, when it
 * takes them and when they change. Nobody reads it here.
 */
import type { ApiClient } from '../../kubernetes/client/api-client.ts';
import { ApiError } from '../../kubernetes/client/api-error.ts';
import type { ObjectName } from '../../kubernetes/reconcile/objects.ts';
import type { Instance } from '../../kubernetes/reconcile/plan.ts';

export interface StatusMapParts {
  readonly client: Pick<ApiClient, 'ask'>;
  readonly configMap: ObjectName;
  tell(level: 'info' | 'warning', text: string): void;
}

/** Of an instance that is master here. */
export interface Holding {
  readonly since: string;
  readonly why: string;
}

type Changes = Record<string, string | null>;

const NOT_FOUND = 404;
const FORBIDDEN = 403;

export class StatusMap {
  readonly #parts: StatusMapParts;
  /** What was written last, by key. */
  readonly #written = new Map<string, string>();
  #state: 'wanted' | 'impossible' = 'wanted';
  #sending: Promise<void> = Promise.resolve();

  constructor(parts: StatusMapParts) {
    this.#parts = parts;
  }

  /** All instances, and those of them that this node is master of. */
  show(node: string, instances: readonly Instance[], held: ReadonlyMap<string, Holding>): void {
    if (this.#state === 'impossible') return;
    const changes: Changes = {};
    const known = new Set<string>();
    for (const { name, interfaceName, addresses, excluded } of instances) {
      const holding = held.get(name);
      for (const one of [...addresses, ...excluded]) {
        const key = one.address.replaceAll(':', '-');
        known.add(key);
        // Whoever holds it now says so.
        if (holding === undefined) this.#written.delete(key);
        else {
          const { since, why } = holding;
          const on = one.interfaceName ?? interfaceName;
          const text = JSON.stringify({ node, instance: name, interface: on, since, why });
          if (this.#written.get(key) !== text) changes[key] = text;
        }
      }
    }
    for (const key of this.#written.keys()) if (!known.has(key)) changes[key] = null;
    if (Object.keys(changes).length > 0) this.#send(changes);
  }

  #send(changes: Changes): void {
    for (const [key, text] of Object.entries(changes)) {
      if (text === null) this.#written.delete(key);
      else this.#written.set(key, text);
    }
    // In order, so that the last word is the last one.
    this.#sending = this.#sending.then(() => this.#patch(changes));
  }

  async #patch(changes: Changes): Promise<void> {
    const { client, configMap, tell } = this.#parts;
    const { namespace, name } = configMap;
    try {
      await client.ask({
        method: 'PATCH',
        path: `/api/v1/namespaces/${namespace}/configmaps/${name}-status`,
        contentType: 'application/merge-patch+json',
        body: { data: changes },
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Next time it is another value for sure.
      for (const key of Object.keys(changes)) this.#written.delete(key);
      if (error.status !== NOT_FOUND && error.status !== FORBIDDEN) return;
      this.#state = 'impossible';
      tell(
        'info',
        `who holds what is not written to ${namespace}/${name}-status: ${error.message}`,
      );
    }
  }
}
