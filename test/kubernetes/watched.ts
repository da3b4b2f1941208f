import type { ApiError } from '../../src/kubernetes/client/api-error.ts';
import { ResourceWatch, type WatchTuning } from '../../src/kubernetes/client/resource-watch.ts';
import type { ConfigMapObject } from '../../src/kubernetes/reconcile/objects.ts';
import { readConfigMap } from '../../src/kubernetes/reconcile/read-objects.ts';
import type { ScriptedServer } from './scripted-server.ts';

/** A watch of ConfigMaps, and what it tells. */
export class Watched {
  readonly watch: ResourceWatch<ConfigMapObject>;
  readonly troubles: string[] = [];
  changes = 0;
  wells = 0;
  #onChange: (() => void) | undefined;
  readonly #ended: Promise<void>;

  constructor(server: ScriptedServer, tuning: WatchTuning = {}) {
    const path = '/api/v1/namespaces/default/configmaps';
    const listener = {
      changed: () => {
        this.changes++;
        this.#onChange?.();
      },
      trouble: (error: ApiError) => this.troubles.push(`${error.trouble} ${error.status}`),
      well: () => {
        this.wells++;
      },
    };
    const resource = { path, fieldSelector: 'metadata.name=vips', trim: readConfigMap };
    const all = { random: () => 0, ...tuning };
    this.watch = new ResourceWatch(server.client(), resource, listener, all);
    this.#ended = this.watch.run();
  }

  get names(): string[] {
    return [...this.watch.objects.keys()].sort();
  }

  /** Until as many changes have been told in all. */
  async changed(count: number): Promise<void> {
    while (this.changes < count) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }

  async stop(): Promise<void> {
    this.watch.stop();
    await this.#ended;
  }
}
