import type { Scenario, ScenarioEvent, ScenarioOutcome } from './scenario.ts';

/**
 * Runs the scenario with the production engine on a virtual network, where there is no root or no
 * Linux. Undefined: this build has no simulator.
 */
export async function simulateScenario(
  _scenario: Scenario,
  _emit: (event: ScenarioEvent) => void,
): Promise<ScenarioOutcome | undefined> {
  return undefined;
}
