/** What is to be seen of a host's routers at one moment. */
import type { Node } from '../core/node.ts';
import type { RouterView } from './types.ts';

/** By the name of the instance; none where no process runs. */
export function viewsOf(node: Node | undefined): ReadonlyMap<string, RouterView> {
  const views = new Map<string, RouterView>();
  for (const view of node?.snapshots() ?? []) {
    views.set(view.name, Object.assign(view, { statistics: { ...view.statistics } }));
  }
  return views;
}
