import { join } from 'node:path';
import { formatDiagnostic } from '../base/diagnostics.ts';
import { type IpAddress, parseIp } from '../base/ip.ts';
import { createRng } from '../base/rng.ts';
import { millis } from '../base/time.ts';
import { type KeepalivedConfig, readKeepalivedConfig } from '../config/keepalived/index.ts';
import { createMemoryFiles } from '../config/keepalived/memory-files.ts';
import { diskFiles } from '../daemon/config-files.ts';
import {
  countFailovers,
  type Scenario,
  type ScenarioEvent,
  type ScenarioHost,
  type ScenarioOutcome,
  type StepResult,
} from '../lab/scenario.ts';
import { runSeedScenario } from '../sim/scenario.ts';

/** Runs the lab's scenario with the production engine on a virtual network. */
export function simulateScenario(
  scenario: Scenario,
  emit: (event: ScenarioEvent) => void,
): ScenarioOutcome {
  const { vip, hosts, home, limitMs, returnLimitMs } = scenario;
  for (const mend of scenario.mends) emit({ kind: 'mended', mend });
  const problems: string[] = [];
  const results: StepResult[] = [];
  const setups = hosts.map((host) => {
    const { model, diagnostics } = readConfig(host);
    for (const diagnostic of diagnostics) {
      emit({ kind: 'note', text: formatDiagnostic(diagnostic) });
      if (diagnostic.severity === 'fatal') problems.push(formatDiagnostic(diagnostic));
    }
    const [address = 'no address'] = host.interfaces[0]?.addresses ?? [];
    const where = { host: host.name, address, program: 'holdfast', namespace: 'the simulator' };
    emit({ kind: 'host-up', ...where, program: 'holdfast' });
    return { name: host.name, model, addresses: addressesOf(host) };
  });
  if (hosts.some(({ program }) => program !== 'holdfast')) {
    emit({ kind: 'note', text: 'the simulator has no keepalived: holdfast is on all hosts' });
  }
  runSeedScenario(setups, {
    vip,
    limit: millis(limitMs),
    returnLimit: millis(returnLimitMs),
    onHolders: (holders, at) => {
      const [serving] = holders;
      emit({ kind: 'holder-changed', serving, holding: holders, afterMs: at / 1000 });
    },
    onStep: ({ hostsAnswering, ...step }) => {
      const result = { ...step, holdersMax: hostsAnswering, served: undefined };
      results.push(result);
      emit({ kind: 'step-done', result });
    },
  });
  const last = results.at(-1)?.newHolder;
  if (last !== (home ?? last)) {
    problems.push(`${vip} is with ${last ?? 'nobody'} in the end, not ${home}`);
  }
  return { kind: 'simulated', vip, results, failovers: countFailovers(results), problems };
}

function readConfig(host: ScenarioHost): KeepalivedConfig {
  const directory = join('/', host.name);
  const config = host.config(directory);
  const path = typeof config === 'string' ? join(directory, 'keepalived.conf') : config.file;
  return readKeepalivedConfig(path, {
    files: typeof config === 'string' ? createMemoryFiles({ [path]: config }) : diskFiles,
    environment: { get: (name) => process.env[name] },
    rng: createRng(1),
    hostName: host.name,
  });
}

function addressesOf(host: ScenarioHost): Record<string, readonly IpAddress[]> {
  return Object.fromEntries(
    host.interfaces.map(({ name = 'eth0', addresses = [] }) => [
      name,
      addresses.flatMap((text) => parseIp(text.replace(/\/.*/, '')) ?? []),
    ]),
  );
}
