import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { Node } from '../core/node.ts';
import type { AdvertUrgency } from '../ports/network.ts';

/** A master answers, yields, or waits for its successor; a backup only puts its instant off. */
export function urgencyOn(
  interfaceName: string,
  open: Iterable<VrrpInstanceModel>,
  node: Pick<Node, 'router'>,
): AdvertUrgency {
  for (const model of open) {
    if (model.interface !== interfaceName) continue;
    if (node.router(model.name)?.state === 'master') return 'promptly';
  }
  return 'lazily';
}
