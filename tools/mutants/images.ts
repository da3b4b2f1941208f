/** Bugs in what becomes of the variables of containers. */
import type { Mutant } from './mutant.ts';

const values = 'src/config/environment/values.ts';
const complex = 'src/config/environment/complex-values.ts';
const osixia = 'src/config/environment/osixia.ts';
const environment = 'src/config/environment/osixia-environment.ts';
const uses = 'src/config/environment/uses.ts';
const judge = 'src/config/environment/judge.ts';
const reach = 'src/config/environment/reach.ts';
const index = 'src/config/environment/index.ts';

export const imageMutants: readonly Mutant[] = [
  {
    name: 'images: secrets are shown in what a variable has become',
    file: uses,
    find: "const value = isSecret ? '********' : shown;",
    replace: 'const value = isSecret ? shown : shown;',
  },
  {
    name: 'images: a diagnostic has the place of the file, not of the variable',
    file: judge,
    find: 'if (origin !== undefined) {',
    replace: 'if (origin !== undefined && line < 0) {',
  },
  {
    name: 'images: braces of a value end the block',
    file: values,
    find: "text = text.replaceAll(/[{}]/g, '');",
    replace: '',
  },
  {
    name: 'images: each row of a list is one text',
    file: complex,
    find: 'return decoded.map((row) => cleanValue(variable, row, notes))',
    replace: "return [decoded.join(' ')].map((row) => cleanValue(variable, row, notes))",
  },
  {
    name: 'images: files of variables go before the environment',
    file: environment,
    find: 'if (!definitions.has(name)) definitions',
    replace: 'definitions',
  },
  {
    name: 'images: a mounted file is written over',
    file: osixia,
    find: 'path: isTaken ? COPIED_SERVICE : CLASSIC_TEMPLATE',
    replace: 'path: CLASSIC_TEMPLATE',
  },
  {
    name: 'images: peers of other networks are taken',
    file: reach,
    find: '  if (isNear) return;\n',
    replace: '  if (isNear || !isNear) return;\n',
  },
  {
    name: 'images: HOLDFAST_IMAGE does not go before the entry',
    file: index,
    find: "const name = forced === '' ? named : forced;",
    replace: "const name = named ?? (forced === '' ? undefined : forced);",
  },
];
