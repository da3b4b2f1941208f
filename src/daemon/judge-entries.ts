/** What is wrong with the entries of a ConfigMap, as the pods judge them. */
import { readEntries } from '../kubernetes/reconcile/read-entries.ts';

export function wrongEntries(data: Readonly<Record<string, string>>): readonly string[] {
  const name = { namespace: '', name: '' };
  const read = readEntries({
    ...{ name, configMap: { ...name, data }, lastGood: {}, nodeAddresses: new Set() },
  });
  return read.diagnoses.map(({ message }) => message);
}
