/** Before the daemon starts: the configuration of last time, or one without addresses. */
import { readFileSync } from 'node:fs';
import { nameOf } from '../../kubernetes/reconcile/objects.ts';
import type { Plan } from '../../kubernetes/reconcile/plan.ts';
import { renderPlan } from '../../kubernetes/reconcile/render.ts';
import { renderProxy } from '../../kubernetes/reconcile/render-proxy.ts';
import { readLastState, writeWhole } from './last-state.ts';
import type { KubernetesSettings } from './settings.ts';

/** Says what was found; throws where a file cannot be written. */
export function prepareConfiguration(settings: KubernetesSettings): string {
  const { configMap, configFile, stateFile, proxyFile } = settings;
  const last = readLastState(stateFile, nameOf(configMap));
  // With a proxy or without one the same ConfigMap comes to something else.
  const isSame = last !== undefined && (last.proxyText !== '') === (proxyFile !== undefined);
  if (isSame) {
    writeWhole(configFile, last.text, 'quick');
    if (proxyFile !== undefined) writeWhole(proxyFile, last.proxyText, 'quick');
    return `begins with what ${nameOf(configMap)} came to last (${stateFile})`;
  }
  if (proxyFile === undefined && isOurs(configFile)) return `begins with ${configFile} as it is`;
  writeWhole(configFile, renderPlan(NOTHING), 'quick');
  if (proxyFile !== undefined) writeWhole(proxyFile, renderProxy(new Map()), 'quick');
  return `begins without addresses: nothing is known of ${nameOf(configMap)} yet`;
}

const NOTHING: Plan = {
  ...{ instances: [], servers: [], bare: [], good: {}, diagnoses: [] },
  hasProxy: false,
};

/** Of a container before this one, where the state could not be kept. */
function isOurs(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8');
    return text.startsWith(renderPlan(NOTHING).slice(0, -2)) && !text.includes('track_proxy');
  } catch {
    return false;
  }
}
