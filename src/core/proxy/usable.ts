import type { LiveBack, LiveProxy, LiveServer } from './live.ts';

/** Weights are counted in sixteenths, so that a slow start has steps. */
export const WEIGHT_SCALE = 16;

/** What it has of its weight now, in sixteenths; 0: no new traffic. */
export function effectiveWeight({ health, userWeight }: LiveServer): number {
  if (userWeight === 0) return 0;
  return Math.max(1, Math.round((userWeight * WEIGHT_SCALE * health.throttle) / 100));
}

/** Whether new sessions that are not bound to it may go there. */
export function isUsable(server: LiveServer): boolean {
  const { operational, admin } = server.health;
  if (operational !== 'running' && operational !== 'starting') return false;
  return admin.size === 0 && server.userWeight > 0;
}

/** Whom the balancer chooses among: those in service; without any the backups, all or the first. */
export function candidatesOf(proxy: LiveProxy, back: LiveBack): readonly LiveServer[] {
  const usable = back.servers.filter(isUsable);
  const regular = usable.filter(({ config }) => !config.backup);
  if (regular.length > 0) return regular;
  return proxy.config.options.has('allbackups') ? usable : usable.slice(0, 1);
}
