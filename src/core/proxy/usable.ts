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

/** Those in service, and whoever serves when none of them is left: all backups or the first. */
export function groupsOf(
  proxy: LiveProxy,
  back: LiveBack,
): { readonly regular: readonly LiveServer[]; readonly backups: readonly LiveServer[] } {
  const usable = back.servers.filter(isUsable);
  const backups = usable.filter(({ config }) => config.backup);
  return {
    regular: usable.filter(({ config }) => !config.backup),
    backups: proxy.config.options.has('allbackups') ? backups : backups.slice(0, 1),
  };
}

/** Whom the balancer chooses among. */
export function candidatesOf(proxy: LiveProxy, back: LiveBack): readonly LiveServer[] {
  const { regular, backups } = groupsOf(proxy, back);
  return regular.length > 0 ? regular : backups;
}
