/** osixia's values with a prefix: `#PYTHON2BASH:[…]` and `#JSON2BASH:[…]`. */

import type { Value } from './draft.ts';
import { type Notes, placeOf } from './notes.ts';
import { type PythonValue, parsePythonLiteral } from './python-literal.ts';
import { areAddresses, cleanValue, wordsOf } from './values.ts';

const PYTHON = '#PYTHON2BASH:';
const JSON_PREFIX = '#JSON2BASH:';
const EXAMPLE = `write ${PYTHON}['192.0.2.1', '192.0.2.2']`;

/** The rows of a list, each as one line; a value without prefix is one row, or a row for each of its addresses. */
export function readList(variable: string, given: string, notes: Notes): readonly Value[] {
  const decoded = decode(variable, given, notes);
  if (typeof decoded !== 'string') {
    return decoded.map((row) => cleanValue(variable, row, notes)).filter(({ text }) => text !== '');
  }
  const value = cleanValue(variable, decoded, notes);
  const words = wordsOf(value.text);
  if (words.length < 2 || !areAddresses(words)) return value.text === '' ? [] : [value];
  notes.add({
    code: 'image-blanks',
    about: placeOf(variable),
    message: `${words.length} addresses in one value: each of them is taken`,
  });
  return words.map((text) => ({ text, variable }));
}

export function readOne(variable: string, given: string, notes: Notes): Value {
  const decoded = decode(variable, given, notes);
  if (typeof decoded === 'string') return cleanValue(variable, decoded, notes);
  notes.add({
    code: 'image-list-for-one',
    about: placeOf(variable),
    message: `a list of ${decoded.length}, where one value is wanted: the first is taken`,
  });
  return cleanValue(variable, decoded[0] ?? '', notes);
}

function decode(variable: string, given: string, notes: Notes): string | readonly string[] {
  if (given.startsWith(PYTHON)) return decodePython(variable, given.slice(PYTHON.length), notes);
  if (given.startsWith(JSON_PREFIX))
    return decodeJson(variable, given.slice(JSON_PREFIX.length), notes);
  return given;
}

function decodePython(variable: string, text: string, notes: Notes): string | readonly string[] {
  const value = parsePythonLiteral(text);
  if (value !== undefined) return rowsOf(variable, value, notes);
  // A bare word is no literal either, and was taken as it stands.
  if (/[[\](),'"]/.test(text)) tellUnreadable(variable, PYTHON, notes);
  return text;
}

function decodeJson(variable: string, text: string, notes: Notes): string | readonly string[] {
  try {
    return rowsOf(variable, fromJson(JSON.parse(text) as unknown), notes);
  } catch {
    tellUnreadable(variable, JSON_PREFIX, notes);
    return text;
  }
}

function tellUnreadable(variable: string, prefix: string, notes: Notes): void {
  notes.add({
    code: 'image-list-unreadable',
    about: placeOf(variable),
    message: `what stands behind ${prefix} is no list of strings in quotes; it is taken as it stands`,
    hint: EXAMPLE,
  });
}

function fromJson(value: unknown): PythonValue {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(fromJson) };
  if (value === null) return { kind: 'text', text: '' };
  if (typeof value === 'object') return { kind: 'dict', items: Object.values(value).map(fromJson) };
  if (typeof value === 'boolean') return { kind: 'text', text: value ? 'True' : 'False' };
  return { kind: 'text', text: String(value) };
}

/** Each row went through Python's reader once more. */
function rowsOf(variable: string, value: PythonValue, notes: Notes): string | readonly string[] {
  if (value.kind === 'text') return value.text;
  const rows = value.items.map((item) => {
    const again = item.kind === 'text' ? (parsePythonLiteral(item.text) ?? item) : item;
    return again.kind === 'text' ? again.text : undefined;
  });
  const plain = rows.filter((row) => row !== undefined);
  if (plain.length < rows.length || value.kind === 'dict') {
    notes.add({
      code: 'image-list-nested',
      about: placeOf(variable),
      message: 'a list or a table stands where an address must',
      hint: EXAMPLE,
    });
  }
  return value.kind === 'dict' ? [] : plain;
}
