/** What one plan comes to, in the parts that can be brought into force by themselves; and what is new in another. */
import { type ServiceId, serviceId } from '../../core/balance/plane.ts';
import type { Plan, VirtualServer } from '../../kubernetes/reconcile/plan.ts';
import {
  isTheKernels,
  renderAround,
  renderGlobals,
  renderPlan,
  type ServerTexts,
} from '../../kubernetes/reconcile/render.ts';
import { renderProxy } from '../../kubernetes/reconcile/render-proxy.ts';

export class PlanForms {
  readonly plan: Plan;
  /** The haproxy.cfg; '' where there is none. */
  readonly proxyText: string;
  readonly #texts: ServerTexts;
  /** All but the virtual servers. */
  readonly #around: string;
  readonly #servers: ReadonlyMap<ServiceId, VirtualServer>;
  #text: string | undefined;

  constructor(plan: Plan, texts: ServerTexts, proxy: 'beside' | 'none') {
    this.plan = plan;
    this.#texts = texts;
    this.#around = renderAround(plan).join('\n');
    this.proxyText = proxy === 'none' ? '' : renderProxy(plan.servers);
    this.#servers = new Map(plan.servers.filter(isTheKernels).map((one) => [idOf(one), one]));
  }

  /** The keepalived.conf. */
  get text(): string {
    this.#text ??= renderPlan(this.plan, this.#texts);
    return this.#text;
  }

  /** Whether there is anything for a checker process. */
  get isBalanced(): boolean {
    return this.plan.servers.some((one) => isTheKernels(one) && isThere(one));
  }

  /** What has to be said after `before`; `everything` where that is more than virtual servers. */
  since(before: PlanForms): ServersNews | 'everything' {
    const isOther = this.#around !== before.#around || this.proxyText !== before.proxyText;
    // Without virtual servers there is no checker process.
    if (isOther || this.isBalanced !== before.isBalanced) return 'everything';
    const changed: VirtualServer[] = [];
    const removed: ServiceId[] = [];
    for (const [id, server] of this.#servers) {
      const old = before.#servers.get(id);
      if (old === server) continue;
      if (!isThere(server)) {
        if (old !== undefined && isThere(old)) removed.push(id);
      } else if (old === undefined || this.#texts.of(old) !== this.#texts.of(server)) {
        changed.push(server);
      }
    }
    for (const [id, server] of before.#servers) {
      if (!this.#servers.has(id) && isThere(server)) removed.push(id);
    }
    const blocks = changed.map((server) => this.#texts.of(server));
    const text = [renderGlobals(this.plan.servers), ...blocks, ''].join('\n');
    return { text: blocks.length === 0 ? '' : text, removed };
  }
}

/** As `change-servers` takes it. */
export interface ServersNews {
  readonly text: string;
  readonly removed: readonly ServiceId[];
}

/** Without endpoints it is a comment. */
function isThere({ backends }: VirtualServer): boolean {
  return backends.length > 0;
}

function idOf({ address, port, protocol }: VirtualServer): ServiceId {
  const lower = protocol.toLowerCase() as Lowercase<typeof protocol>;
  return serviceId({ kind: 'address', protocol: lower, address, port });
}
