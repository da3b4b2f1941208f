/** Before the daemon starts: the configuration of last time, or one without addresses. */
import { readFileSync } from 'node:fs';
import { nameOf } from '../../kubernetes/reconcile/objects.ts';
import { renderPlan } from '../../kubernetes/reconcile/render.ts';
import { readLastState, writeWhole } from './last-state.ts';
import type { KubernetesSettings } from './settings.ts';

/** Says what was found; throws where the file cannot be written. */
export function prepareConfiguration({
  configMap,
  configFile,
  stateFile,
}: KubernetesSettings): string {
  const last = readLastState(stateFile, nameOf(configMap));
  if (last !== undefined) {
    writeWhole(configFile, last.text, 'quick');
    return `begins with what ${nameOf(configMap)} came to last (${stateFile})`;
  }
  const { bare, good } = { bare: [], good: {} };
  const text = renderPlan({ instances: [], servers: [], bare, good, diagnoses: [] });
  if (!isThere(configFile)) writeWhole(configFile, text, 'quick');
  return `begins with ${configFile}: nothing is known of ${nameOf(configMap)} yet`;
}

function isThere(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').includes('global_defs');
  } catch {
    return false;
  }
}
