import type { TrackedProxy } from '../../model/vrrp.ts';
import type { Statement } from '../grammar/tree.ts';
import type { Word } from '../text/words.ts';
import { type Context, notePosition } from './context.ts';
import { readInteger } from './numbers.ts';
import type { TrackingRules } from './tracking.ts';
import type { Values } from './values.ts';

const WEIGHT_MAX = 253;
const SERVERS_MAX = 65_535;
const LINE = 'track_proxy PROXY [weight NUMBER] [min NUMBER]';

/** `track_proxy PROXY [weight N] [min N]`, once for each; whether there are such proxies is seen later. */
export function readTrackedProxies(values: Values, rules: TrackingRules): readonly TrackedProxy[] {
  const { context, instance, isOwner } = rules;
  const seen = new Set<string>();
  return values.all('track_proxy').flatMap((statement): readonly TrackedProxy[] => {
    const [proxy] = statement.words;
    if (proxy === undefined) return [];
    const { weight = 0, min = 1 } = readOptions(statement, context);
    const name = min === 1 ? proxy.text : `${proxy.text} min ${min}`;
    if (seen.has(name)) {
      const text = `${name} is tracked twice: the first line counts`;
      context.report.add('duplicate-tracking', proxy.at, text);
      return [];
    }
    seen.add(name);
    notePosition(context, trackedProxyKey(instance, name), proxy.at);
    if (isOwner && weight !== 0) {
      context.report.add(
        'weight-on-owner',
        proxy.at,
        `the priority of an address owner cannot change: ${name} is not tracked`,
        'use a priority below 255',
      );
      return [];
    }
    return [{ name, weight, sense: 'normal', proxy: proxy.text, min }];
  });
}

/** Under which the place of its name is known. */
export function trackedProxyKey(instance: string, name: string): string {
  return `instance/${instance}/track_proxy/${name}`;
}

function readOptions(
  { words }: Statement,
  { report }: Context,
): { readonly weight?: number; readonly min?: number } {
  const options: { weight?: number; min?: number } = {};
  const rules = {
    weight: { what: "'weight'", min: -WEIGHT_MAX, max: WEIGHT_MAX, fallback: 'it is ignored' },
    min: { what: "'min'", min: 0, max: SERVERS_MAX, fallback: 'it is ignored' },
  };
  for (let at = 1; at < words.length; at += 2) {
    const [option, value] = words.slice(at) as [Word, Word?];
    if (option.text !== 'weight' && option.text !== 'min') {
      const text = `'${option.text}' is not known here, and nothing behind it is read`;
      report.add('unknown-tracking-option', option.at, text, LINE);
      break;
    }
    if (value === undefined) {
      const text = `'${option.text}' has no number behind it`;
      report.add('missing-option-value', option.at, text);
      break;
    }
    const number = readInteger(value, rules[option.text], report);
    if (number !== undefined) options[option.text] = number;
  }
  return options;
}
