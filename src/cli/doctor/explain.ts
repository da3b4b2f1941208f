import { nearestWord } from '../../base/edit-distance.ts';
import { explainCheck } from '../../doctor/format.ts';
import { CHECKS } from '../../doctor/registry.ts';

/** What a code means, or what is wrong with it. */
export function explainCode(code: string): { readonly ok: boolean; readonly text: string } {
  const check = CHECKS.find((one) => one.code === code);
  if (check !== undefined) return { ok: true, text: explainCheck(check) };
  const nearest = nearestWord(
    code,
    CHECKS.map((one) => one.code),
  );
  const hint = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
  return { ok: false, text: `there is no code '${code}'${hint}` };
}
