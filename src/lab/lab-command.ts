import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.ts';
import type { LabCommandOptions } from './lab-options.ts';
import { loadOperatorScenario } from './operator-scenario.ts';
import { createJsonReport, createTextReport, type Report } from './report.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario, ScenarioEvent, ScenarioOutcome } from './scenario.ts';
import { seed001 } from './seed-001.ts';

/** Runs a scenario where there are no real hosts. */
export type Simulate = (
  scenario: Scenario,
  emit: (event: ScenarioEvent) => void,
) => ScenarioOutcome;

/** `holdfast lab`; resolves to the exit code. */
export async function runLab(options: LabCommandOptions, simulate: Simulate): Promise<number> {
  const scenario = loadScenario(options);
  if (typeof scenario === 'string') {
    process.stderr.write(`holdfast lab: ${scenario}\n`);
    return 2;
  }
  const report =
    options.format === 'json'
      ? createJsonReport(process.stdout)
      : createTextReport(process.stdout, scenario.vip);
  const obstacle = findObstacle(scenario);
  // Whoever reads our output has gone: so do we, and the lab with us.
  process.stdout.on('error', () => process.exit(1));
  try {
    report.say(`${scenario.title}; VIP ${scenario.vip}`);
    if (obstacle !== undefined) {
      report.say(`${obstacle}: this runs on the simulator, not on real hosts`);
    }
    const outcome =
      obstacle === undefined
        ? await runOnHosts(scenario, options, report)
        : simulate(scenario, report.take);
    report.finish(outcome);
    const expected = scenario.hosts.length - 1;
    return outcome.failovers >= expected && outcome.problems.length === 0 ? 0 : 1;
  } finally {
    report.close();
  }
}

async function runOnHosts(
  scenario: Scenario,
  options: LabCommandOptions,
  report: Report,
): Promise<ScenarioOutcome> {
  const interrupted = endOnSignals(report);
  const outcome = await runScenario(scenario, {
    emit: report.take,
    ...(options.atEnd === 'keep' && {
      beforeEnd: async (lab: Lab) => {
        explainHosts(lab, report);
        await interrupted.instead();
      },
    }),
  });
  interrupted.forget();
  return outcome;
}

function loadScenario(options: LabCommandOptions): Scenario | string {
  const { programOf, hostCount, config, peers } = options;
  const scenario =
    config === undefined
      ? seed001({ hostCount, programOf, netstat: hasCommand('netstat') ? 'present' : 'missing' })
      : loadOperatorScenario(config, programOf);
  if (typeof scenario === 'string') return scenario;
  const names = scenario.hosts.map((host) => host.name);
  const unknown = peers.find((peer) => !names.includes(peer));
  if (unknown === undefined) return scenario;
  return `--peer: there is no host ${unknown} (there are ${names.join(', ')})`;
}

/** Why real hosts cannot be had here; undefined where they can. */
function findObstacle(scenario: Scenario): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'not root, so no network namespaces';
  const missing = ['ip', 'nsenter', 'unshare', 'mount'].find((name) => !hasCommand(name));
  if (missing !== undefined) return `the command ${missing} is missing`;
  const needsKeepalived = scenario.hosts.some((host) => host.program === 'keepalived');
  if (needsKeepalived && !hasCommand('keepalived')) return 'keepalived is not installed';
  return undefined;
}

function hasCommand(name: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/bin'];
  return folders.some((folder) => {
    try {
      const file = join(folder, name);
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

/** Ends the process on a signal, when nobody waits for one; the lab's own hook cleans up. */
function endOnSignals(report: Report): { instead(): Promise<void>; forget(): void } {
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  let waiting: (() => void) | undefined;
  const listeners = Object.entries(signals).map(([signal, code]) => {
    const listener = (): void => {
      if (waiting !== undefined) {
        waiting();
        return;
      }
      report.close();
      report.say('interrupted: everything is being removed');
      process.exit(code);
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return {
    instead: () =>
      new Promise((resolve) => {
        waiting = resolve;
      }),
    forget: () => {
      for (const { signal, listener } of listeners) process.off(signal, listener);
    },
  };
}

function explainHosts(lab: Lab, report: Report): void {
  report.say('the hosts stay up; enter one with');
  for (const host of [...lab.hosts, lab.client]) {
    report.say(
      `  nsenter -a -t ${host.initPid}   # ${host.name}; or: ip netns exec ${host.plan.namespace} bash`,
    );
  }
  report.say(`Ctrl-C here, or kill ${process.pid}, removes them`);
}
