import { findSide } from '../../core/proxy/build-live.ts';
import type { LiveConfig, LiveProxy } from '../../core/proxy/live.ts';
import { holds } from '../../core/proxy/samples/evaluate.ts';
import type { SampleFacts } from '../../core/proxy/samples/facts.ts';

/** Where a connection or request goes: the first `use_backend` that holds, the default, or its own servers. */
export function chooseBackend(
  live: LiveConfig,
  front: LiveProxy,
  facts: () => SampleFacts,
): LiveProxy | undefined {
  const { switching, defaultBackend } = front.config;
  const chosen = switching.find(({ when }) => holds(when, facts()))?.backend ?? defaultBackend;
  if (chosen !== undefined) return findSide(live, chosen, 'back');
  return front.back === undefined ? undefined : front;
}
