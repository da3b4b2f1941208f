import type { Severity } from '../../base/diagnostics.ts';

/** What can be said of a container's variables. Codes are never renamed. */
export const ENVIRONMENT_CODES = {
  'image-unknown': ['fatal', 'HOLDFAST_IMAGE or --image names no image that is known.'],
  'image-variable-missing': [
    'fatal',
    'A variable without which the old image does not start either.',
  ],
  'image-out-of-reach': [
    'fatal',
    'Peers and virtual addresses are all in networks that this host is not in.',
  ],
  'image-no-default': ['error', 'Of the values that are given no default follows for this one.'],
  'image-no-address': ['fatal', 'The interface has no IPv4 address from which to take a default.'],
  'image-variable-unknown': [
    'warning',
    'A name that is nearly the one of a variable, and is ignored.',
  ],
  'image-variable-old': ['warning', 'A variable of another release of the image.'],
  'image-default': [
    'warning',
    'An example of the image is in force, because the variable is not set.',
  ],
  'image-quotes': ['warning', 'Quotes that belong to the value, and are left out.'],
  'image-line-break': ['error', 'A value of several lines, which is read as one.'],
  'image-braces': ['error', 'Braces in a value, which would end the block; they are left out.'],
  'image-comment': ['warning', 'A # or ! in a value, behind which keepalived reads a comment.'],
  'image-list-unreadable': [
    'error',
    'A list behind #PYTHON2BASH: or #JSON2BASH: that cannot be read, and is taken as it stands.',
  ],
  'image-list-nested': ['error', 'A list or a table within a list, which is left out.'],
  'image-list-for-one': ['error', 'A list where one value is wanted; the first is taken.'],
  'image-blanks': ['info', 'Several addresses in one value, each of which is taken.'],
  'image-environment-file': ['error', 'A file of variables that cannot be read as a whole.'],
  'image-option': ['warning', 'An option of the old image that has no effect.'],
  'image-weight': ['warning', 'A check that cannot change who is the master.'],
  'image-config-missing': ['fatal', 'The file that is to be mounted is not there.'],
} as const satisfies Record<string, readonly [Severity, string]>;

export type EnvironmentCode = keyof typeof ENVIRONMENT_CODES;
