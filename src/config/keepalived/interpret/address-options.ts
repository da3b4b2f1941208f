import { nearestWord } from '../../../base/edit-distance.ts';
import { ipFamily, parseIp } from '../../../base/ip.ts';
import type { Report } from '../report.ts';
import type { Word } from '../text/words.ts';
import { type AddressDraft, edgeOfNetwork, readNetwork } from './network.ts';

const LABEL_MAX = 15;
const LIFETIME_MAX = 4_294_967_295;
const SCOPES: Readonly<Record<string, number>> = {
  global: 0,
  nowhere: 255,
  host: 254,
  link: 253,
  site: 200,
};

/** What an address line may say depends on where it stands. */
export type AddressPlace =
  | { readonly kind: 'virtual' }
  | { readonly kind: 'static'; readonly groups: ReadonlySet<string> };

interface OptionReader {
  readonly place: AddressPlace;
  readonly draft: AddressDraft;
  /** The option's own word. */
  readonly option: Word;
  /** The address that it belongs to. */
  readonly subject: Word;
  readonly report: Report;
}

type Outcome = 'ok' | 'unusable';
type WithValue = (value: Word, reader: OptionReader) => Outcome;

const FLAGS: Readonly<Record<string, (draft: AddressDraft) => void>> = {
  home: (draft) => {
    draft.home = true;
  },
  '-nodad': (draft) => {
    draft.duplicateAddressDetection = true;
  },
  mngtmpaddr: (draft) => {
    draft.manageTempAddress = true;
  },
  noprefixroute: (draft) => {
    draft.noPrefixRoute = true;
  },
  autojoin: (draft) => {
    draft.autoJoin = true;
  },
  no_track: (draft) => {
    draft.noTrack = true;
  },
};

const VALUED: Readonly<Record<string, WithValue>> = {
  dev: (value, { draft }) => {
    draft.interface = value.text;
    return 'ok';
  },
  label: readLabel,
  scope: readScope,
  brd: readBroadcast,
  broadcast: readBroadcast,
  peer: readPeer,
  preferred_lft: readLifetime,
  track_group: (value, { place, report }) => {
    if (place.kind === 'virtual' || place.groups.has(value.text)) return 'ok';
    report.add('unknown-tracked', value.at, `no track_group ${value.text} stands above this line`);
    return 'ok';
  },
};

/** Reads the words behind an address into `draft`. */
export function applyOptions(
  draft: AddressDraft,
  subject: Word,
  options: readonly Word[],
  report: Report,
  place: AddressPlace,
): Outcome {
  for (let at = 0; at < options.length; at++) {
    const option = options[at];
    if (option === undefined) break;
    const { text } = option;
    if (text.startsWith('//')) {
      report.add(
        'slash-comment',
        option.at,
        "'//' does not begin a comment; the words behind it are ignored",
        'begin comments with # or !',
      );
      return 'ok';
    }
    if (Object.hasOwn(FLAGS, text)) FLAGS[text]?.(draft);
    else if (text === 'use_vmac' && place.kind === 'virtual') {
      report.add(
        'not-yet',
        option.at,
        "'use_vmac' is not supported yet: the address goes on the interface",
      );
    } else if (Object.hasOwn(VALUED, text) && isAllowed(text, place)) {
      const value = options[++at];
      if (value === undefined) {
        report.add('missing-option-value', option.at, `'${text}' has no value behind it`);
        return 'ok';
      }
      if (VALUED[text]?.(value, { draft, option, subject, report, place }) === 'unusable')
        return 'unusable';
    } else {
      reportUnknownOption(option, report);
      // The value of an option that is not known is no option itself.
      const isValue = options[at + 1] !== undefined && !isOption(options[at + 1]?.text ?? '');
      if (isValue && nearestWord(text, Object.keys(VALUED)) !== undefined) at++;
    }
  }
  return 'ok';
}

/** A virtual address follows its instance, and no group. */
function isAllowed(text: string, { kind }: AddressPlace): boolean {
  return text !== 'track_group' || kind === 'static';
}

function isOption(text: string): boolean {
  return Object.hasOwn(FLAGS, text) || Object.hasOwn(VALUED, text) || text === 'use_vmac';
}

function reportUnknownOption(option: Word, report: Report): void {
  const [written = ''] = option.text.split('/');
  if (parseIp(written) !== undefined) {
    report.add(
      'two-addresses',
      option.at,
      `'${option.text}' is ignored: a line holds one address`,
      `write ${option.text} on a line of its own`,
    );
    return;
  }
  const nearest = nearestWord(option.text, [...Object.keys(FLAGS), ...Object.keys(VALUED)]);
  report.add(
    'unknown-address-option',
    option.at,
    `'${option.text}' is not an option of an address and is ignored`,
    nearest === undefined ? undefined : `did you mean '${nearest}'?`,
  );
}

function readLabel(value: Word, { draft, subject, report }: OptionReader): Outcome {
  if (ipFamily(draft.address) === 6) {
    report.add('wrong-family', value.at, 'IPv6 addresses have no label: it is ignored');
    return 'ok';
  }
  if (value.text.length > LABEL_MAX) {
    report.add(
      'label-too-long',
      value.at,
      `the label is longer than ${LABEL_MAX} characters: ${subject.text} is left out`,
      `write at most ${LABEL_MAX} characters`,
    );
    return 'unusable';
  }
  draft.label = value.text;
  return 'ok';
}

function readScope(value: Word, { draft, report }: OptionReader): Outcome {
  const number = /^\d{1,3}$/.test(value.text) ? Number(value.text) : SCOPES[value.text];
  if (number === undefined || number > 255 || !Number.isInteger(number)) {
    report.add(
      'invalid-choice',
      value.at,
      `'${value.text}' is not a scope and is ignored`,
      'write global, site, link, host or a number',
    );
  } else if (ipFamily(draft.address) === 4) draft.scope = number;
  return 'ok';
}

function readBroadcast(value: Word, { draft, subject, report }: OptionReader): Outcome {
  if (ipFamily(draft.address) === 6) {
    report.add('wrong-family', value.at, 'IPv6 has no broadcast addresses: it is ignored');
    return 'ok';
  }
  if (value.text === '+' || value.text === '-') {
    draft.broadcast = edgeOfNetwork(draft.address, draft.prefixLength, value.text);
    return 'ok';
  }
  const broadcast = parseIp(value.text);
  if (broadcast === undefined || ipFamily(broadcast) !== 4) {
    report.add(
      'invalid-address',
      value.at,
      `'${value.text}' is not a broadcast address: ${subject.text} is left out`,
      'write an IPv4 address, + or -',
    );
    return 'unusable';
  }
  draft.broadcast = broadcast;
  return 'ok';
}

function readPeer(value: Word, { draft, report }: OptionReader): Outcome {
  const peer = readNetwork(value, report);
  if (peer === undefined) return 'ok';
  if (ipFamily(peer.address) !== ipFamily(draft.address)) {
    report.add('wrong-family', value.at, `${peer.address} is of the other family and is ignored`);
    return 'ok';
  }
  draft.peer = peer.address;
  draft.prefixLength = peer.prefixLength;
  return 'ok';
}

function readLifetime(value: Word, { draft, report }: OptionReader): Outcome {
  if (value.text === 'forever') delete draft.preferredLifetimeSeconds;
  else if (/^\d{1,10}$/.test(value.text) && Number(value.text) <= LIFETIME_MAX) {
    draft.preferredLifetimeSeconds = Number(value.text);
  } else {
    report.add(
      'invalid-number',
      value.at,
      `'${value.text}' is not a lifetime and is ignored`,
      'write a number of seconds, or forever',
    );
  }
  return 'ok';
}
