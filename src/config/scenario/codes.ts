/** What is said about a scenario file. */
export const CODES = {
  'scenario-not-yaml': 'A scenario is not YAML, or not a mapping.',
  'scenario-unknown-key': 'A key that a scenario does not have.',
  'scenario-bad-value': 'A value of a scenario that its key cannot have.',
  'scenario-unknown-node': 'A scenario names a node, link or script that none of the files has.',
} as const;

export type ScenarioCode = keyof typeof CODES;
