import type { Tracking } from '../../model/vrrp.ts';
import type { DataLine } from '../grammar/tree.ts';
import type { Context } from './context.ts';
import { readInteger } from './numbers.ts';

export type Weighting = Partial<Pick<Tracking, 'weight' | 'sense'>>;

/** `NAME [weight N [reverse|noreverse]]`; N from -max to max. */
export function readWeighting({ words }: DataLine, max: 253 | 254, { report }: Context): Weighting {
  const weighting: { weight?: number; sense?: 'normal' | 'reverse' } = {};
  for (let at = 1; at < words.length; at++) {
    const option = words[at];
    if (option === undefined) break;
    if (option.text === 'weight') {
      const value = words[++at];
      if (value === undefined) {
        report.add('missing-option-value', option.at, "'weight' has no number behind it");
        break;
      }
      const edge = Math.abs(Number(value.text)) === 254 && max === 253;
      const fallback = edge ? `${Math.sign(Number(value.text)) * 253} is used` : 'it is ignored';
      const rule = { what: "'weight'", min: -max, max, fallback };
      const weight = readInteger(value, rule, report);
      if (weight !== undefined) weighting.weight = weight;
      else if (edge) weighting.weight = Math.sign(Number(value.text)) * 253;
      const sense = words[at + 1]?.text;
      if (sense === 'reverse' || sense === 'noreverse') {
        weighting.sense = sense === 'reverse' ? 'reverse' : 'normal';
        at++;
      }
    } else if (option.text.startsWith('//')) {
      report.add(
        'slash-comment',
        option.at,
        "'//' does not begin a comment; the words behind it are ignored",
        'begin comments with # or !',
      );
      break;
    } else {
      report.add(
        'unknown-tracking-option',
        option.at,
        `'${option.text}' is not known here and is ignored`,
        'write NAME weight NUMBER, one name per line',
      );
    }
  }
  return weighting;
}
