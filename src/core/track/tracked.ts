/** All that instances track beside interfaces: what runs here, and what other processes say. */
import type { Micros } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { Sink } from '../machine.ts';
import type { NodeState } from '../node-state.ts';
import type { NodeEffect, NodeInput } from '../node-types.ts';
import type { TrackerReport } from '../vrrp/types.ts';
import { Checks } from './checks.ts';
import { Proxies } from './proxies.ts';
import { type OnVerdict, Scripts } from './scripts.ts';

type Heard = Extract<
  NodeInput,
  { kind: 'scriptExited' | 'checkJudged' | 'proxiesReported' | 'proxyLost' }
>;

export class Tracked {
  readonly scripts = new Scripts();
  readonly #checks = new Checks();
  readonly #proxies = new Proxies();

  heard(
    now: Micros,
    input: Heard,
    model: Model,
    out: Sink<NodeEffect>,
    onVerdict: OnVerdict,
  ): void {
    switch (input.kind) {
      case 'scriptExited':
        this.scripts.exited(now, input.script, input, out, onVerdict);
        return;
      case 'checkJudged':
        this.#checks.judged(now, input, out, onVerdict);
        return;
      case 'proxiesReported':
      case 'proxyLost':
        this.#proxies.heard(now, input, model, out, onVerdict);
    }
  }

  /** What is known of those that an instance tracks. */
  known(instance: VrrpInstanceModel): readonly TrackerReport[] {
    return [this.scripts, this.#checks, this.#proxies].flatMap((each) => each.known(instance));
  }

  exportState(): Pick<NodeState, 'scripts' | 'checks' | 'proxies'> {
    return {
      scripts: this.scripts.exportState(),
      checks: this.#checks.exportState(),
      proxies: this.#proxies.exportState(),
    };
  }

  importState(now: Micros, { scripts, checks, proxies }: NodeState, model: Model): void {
    this.#checks.importState(checks ?? []);
    if (proxies !== undefined) this.#proxies.importState(proxies);
    this.scripts.importState(now, scripts, model);
  }
}
