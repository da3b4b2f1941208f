/** What the reference finds in the seeds (every error and warning), and the code that says it. */

export interface Known {
  readonly id: string;
  readonly code: string;
  readonly line: number;
}

const known = (seed: string, entries: readonly (readonly [number, string, number])[]): Known[] =>
  entries.map(([id, code, line]) => ({ id: `${seed}-${id}`, code, line }));

export const KNOWN: readonly Known[] = [
  ...known('000', [
    [1, 'password-truncated', 61],
    [2, 'known-password', 61],
    [4, 'script-without-fall', 46],
    [5, 'probe-without-timeout', 78],
    [6, 'probe-greps-body', 78],
    [8, 'fewer-routers-than-masters', 117],
    [9, 'timeout-cuts-watches', 96],
    [10, 'api-check-opens-port', 106],
  ]),
  ...known('001', [
    [1, 'script-never-succeeds', 132],
    [2, 'script-not-executable-here', 128],
    [3, 'equal-priorities', 108],
    [4, 'same-name', 66],
    [5, 'heredoc-variable-unset', 69],
    [6, 'heredoc-variable-unset', 106],
    [7, 'interface-copied', 172],
    [8, 'address-stays', 108],
    [9, 'probe-counts-sockets', 130],
    [10, 'no-effect-here', 39],
    [11, 'stats-open', 60],
    [12, 'api-check-opens-port', 69],
    [13, 'timeout-cuts-watches', 45],
    [14, 'log-to-nobody', 24],
    [15, 'privileges-in-container', 25],
    [17, 'mount-copied-once', 154],
    [18, 'image-removes-addresses', 154],
  ]),
  ...known('002', [
    [1, 'invalid-address', 228],
    [2, 'missing-close-brace', 237],
    [3, 'lvs-by-default', 228],
    [4, 'script-not-in-container', 236],
    [5, 'address-stays', 219],
    [6, 'slash-comment-behind', 218],
    [7, 'same-router-id', 252],
    [13, 'check-without-retry', 237],
    [14, 'privileged-container', 62],
    [15, 'not-yet', 303],
    [16, 'server-never-checked', 334],
    [20, 'role-in-label', 56],
  ]),
  ...known('003', [
    [1, 'peers-elsewhere', 46],
    [2, 'self-among-peers', 46],
    [3, 'image-never-preempts', 48],
    [4, 'image-default-interface', 49],
    [5, 'image-default-password', 49],
    [8, 'old-image', 49],
    [9, 'rc-local', 29],
    [10, 'quotes-in-value', 106],
    [11, 'compose-layout', 95],
    [12, 'image-default-password', 97],
    [15, 'container-checks-nothing', 97],
    [18, 'classic-list-syntax', 46],
  ]),
  ...known('004', [
    [1, 'api-version-gone', 44],
    [3, 'address-misspelt', 91],
    [5, 'not-yet', 178],
    [6, 'nothing-checked', 181],
    [7, 'no-authentication', 181],
    [8, 'known-vrid', 184],
    [11, 'priority-by-position', 185],
  ]),
];

/** Why no file of the seed shows it. */
export const INVISIBLE: Readonly<Record<string, string>> = {
  '000-7': 'the mode of the script is set by a task that the document does not hold',
  '002-8': 'it is right as it is: two groups, two VRIDs',
  '002-10': 'an address in words of the text, cut to its last two parts',
  '003-13': 'whether the host has the address is known on the host only',
  '004-2': 'the manifest is in another repository',
  '004-4': 'it is right as it is: the value is quoted',
  '004-12': 'an order of events in a log',
};

/** All of them: errors and warnings of the reference, by number. */
export const ALL: Readonly<Record<string, readonly number[]>> = {
  '000': [1, 2, 4, 5, 6, 7, 8, 9, 10],
  '001': [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18],
  '002': [1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16, 20],
  '003': [1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 15, 18],
  '004': [1, 2, 3, 4, 5, 6, 7, 8, 11, 12],
};
