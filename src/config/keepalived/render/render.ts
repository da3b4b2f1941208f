/** Writes what a configuration comes to as a keepalived.conf of its own. */

import type { Model } from '../../model/model.ts';
import { encodeModel } from '../../model/model-codec.ts';
import { BLOCKS } from '../grammar/blocks.ts';
import type { BlockName } from '../grammar/keyword.ts';
import type { Statement } from '../grammar/tree.ts';
import type { KeepalivedConfig } from '../index.ts';
import { defaultKey, defaultsOf, withDefaults } from './defaults.ts';
import { inForce } from './in-force.ts';
import { printStatements } from './print.ts';

export interface RenderOptions {
  readonly secrets: 'redacted' | 'shown';
  /** Whether the defaults of what is not stated are to be stated. */
  readonly defaults: 'left-out' | 'stated';
}

export type Reread = (text: string) => Model;

/**
 * Without comments, includes, macros and what is not in force. `reread` reads the text again, to
 * leave out each default that would mean something more where it is stated.
 */
export function render(
  config: Pick<KeepalivedConfig, 'statements' | 'faults' | 'model'>,
  { secrets, defaults }: RenderOptions,
  reread: Reread,
): string {
  const written = withoutLost(inForce(config.statements, config.faults), config.model);
  const meant = defaults === 'stated' ? stateDefaults(written, reread) : written;
  const shown = printStatements(meant, { secrets: 'shown' });
  if (secrets === 'shown') return shown;
  const redacted = printStatements(meant, { secrets });
  return redacted === shown ? shown : NOTE + redacted;
}

const NOTE = `# Secrets are written as 'redacted', which can be read but is not what was configured; see
# --show-secrets.

`;

/** Instances and scripts of which nothing came are not in force, whatever is wrong with them. */
function withoutLost(statements: readonly Statement[], model: Model): readonly Statement[] {
  const left = {
    vrrp_instance: new Set(model.instances.map(({ name }) => name)),
    vrrp_script: new Set(model.scripts.map(({ name }) => name)),
  };
  return statements.filter(({ definition, words }) => {
    const { name } = definition;
    if (name !== 'vrrp_instance' && name !== 'vrrp_script') return true;
    return left[name].has(words[0]?.text ?? '');
  });
}

function stateDefaults(statements: readonly Statement[], reread: Reread): readonly Statement[] {
  const meaning = (some: readonly Statement[]): string =>
    JSON.stringify(
      encodeModel(reread(printStatements(some, { secrets: 'shown' })), { secrets: 'revealed' }),
    );
  const wanted = meaning(statements);
  const complete = withDefaults(statements, new Set());
  if (meaning(complete) === wanted) return complete;
  const all = (Object.keys(BLOCKS) as BlockName[]).flatMap(defaultsOf).map(defaultKey);
  const telling = all.filter((key) => {
    const others = new Set(all.filter((other) => other !== key));
    return meaning(withDefaults(statements, others)) !== wanted;
  });
  return withDefaults(statements, new Set(telling));
}
