/** What one plan comes to, in the parts that can be brought into force by themselves; and what is new in another. */
import { type ServiceId, serviceId } from '../../core/balance/plane.ts';
import type { Plan, VirtualServer } from '../../kubernetes/reconcile/plan.ts';
import {
  assignSlots,
  type ListenTable,
  slotOrders,
} from '../../kubernetes/reconcile/proxy-slots.ts';
import {
  isTheKernels,
  renderAround,
  renderGlobals,
  renderPlan,
  type ServerTexts,
} from '../../kubernetes/reconcile/render.ts';
import { renderProxy } from '../../kubernetes/reconcile/render-proxy.ts';

/** Where the proxy takes orders; undefined: there is none. */
export type ProxyPlace = { readonly socket: string } | undefined;

export class PlanForms {
  readonly plan: Plan;
  readonly #texts: ServerTexts;
  /** All but the virtual servers. */
  readonly #around: string;
  readonly #servers: ReadonlyMap<ServiceId, VirtualServer>;
  readonly #proxy: ProxyPlace;
  readonly #listens: ListenTable;
  #text: string | undefined;
  #proxyText: string | undefined;

  /** `before`: what is in force, so that the proxy's servers keep their places. */
  constructor(
    plan: Plan,
    texts: ServerTexts,
    { proxy, before }: { readonly proxy: ProxyPlace; readonly before: PlanForms | undefined },
  ) {
    this.plan = plan;
    this.#texts = texts;
    this.#proxy = proxy;
    this.#around = renderAround(plan).join('\n');
    const listens = before === undefined ? NONE : before.#listens;
    this.#listens = assignSlots(proxy === undefined ? [] : plan.servers, listens);
    this.#servers = new Map(plan.servers.filter(isTheKernels).map((one) => [idOf(one), one]));
  }

  /** The keepalived.conf. */
  get text(): string {
    this.#text ??= renderPlan(this.plan, this.#texts);
    return this.#text;
  }

  /** The haproxy.cfg; '' where there is none. */
  get proxyText(): string {
    this.#proxyText ??=
      this.#proxy === undefined ? '' : renderProxy(this.#listens, this.#proxy.socket);
    return this.#proxyText;
  }

  /** Whether there is anything for a checker process. */
  get isBalanced(): boolean {
    return this.plan.servers.some((one) => isTheKernels(one) && isThere(one));
  }

  /** `before`, with what is new in the virtual servers that both have, of the kernel or with places left. */
  onto(before: PlanForms): PlanForms {
    const { plan } = before;
    const byId = new Map(this.plan.servers.map((one) => [idOf(one), one]));
    const havePlaces = slotOrders(before.#listens, this.#listens) !== 'reload';
    const fits = (old: VirtualServer, now: VirtualServer): boolean =>
      old.proxy === now.proxy && (isTheKernels(now) || havePlaces);
    const servers = plan.servers.map((old) => {
      const now = byId.get(idOf(old));
      return now !== undefined && fits(old, now) ? now : old;
    });
    return new PlanForms({ ...plan, servers }, this.#texts, { proxy: this.#proxy, before });
  }

  /** What has to be said after `before`; `everything` where that is more than servers. */
  since(before: PlanForms): ServersNews | 'everything' {
    const orders = slotOrders(before.#listens, this.#listens);
    if (this.#around !== before.#around || orders === 'reload') return 'everything';
    // Without virtual servers there is no checker process.
    if (this.isBalanced !== before.isBalanced) return 'everything';
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
    return { text: blocks.length === 0 ? '' : text, removed, orders };
  }
}

export interface ServersNews {
  /** As `change-servers` takes it. */
  readonly text: string;
  readonly removed: readonly ServiceId[];
  /** For the proxy's socket. */
  readonly orders: readonly string[];
}

const NONE: ListenTable = new Map();

/** Without endpoints it is a comment. */
function isThere({ backends }: VirtualServer): boolean {
  return backends.length > 0;
}

function idOf({ address, port, protocol }: VirtualServer): ServiceId {
  const lower = protocol.toLowerCase() as Lowercase<typeof protocol>;
  return serviceId({ kind: 'address', protocol: lower, address, port });
}
