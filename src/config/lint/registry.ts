/** All rules, as data: lint, --explain and docs/lint/ are made of it. */
import { AROUND_RULES } from './rules/around.ts';
import { CONTAINER_RULES } from './rules/containers.ts';
import { ELECTION_RULES } from './rules/election.ts';
import { HAPROXY_RULES } from './rules/haproxy.ts';
import { HAPROXY_SERVER_RULES } from './rules/haproxy-servers.ts';
import { KEEPALIVED_RULES } from './rules/keepalived.ts';
import { NODE_RULES } from './rules/nodes.ts';
import { SCRIPT_RULES } from './rules/scripts.ts';
import { SHELL_RULES } from './rules/shell.ts';
import { WRITTEN_RULES } from './rules/written.ts';
import type { Rule } from './types.ts';

export const RULES: readonly Rule[] = [
  ...ELECTION_RULES,
  ...NODE_RULES,
  ...KEEPALIVED_RULES,
  ...WRITTEN_RULES,
  ...HAPROXY_RULES,
  ...HAPROXY_SERVER_RULES,
  ...SHELL_RULES,
  ...SCRIPT_RULES,
  ...CONTAINER_RULES,
  ...AROUND_RULES,
];
