/** What holdfast makes of a set of variables. */
import { translate } from '../../src/config/environment/index.ts';
import {
  type ContainerSetup,
  type ImageChoice,
  MARK,
  type Translation,
} from '../../src/config/environment/setup.ts';
import { HOST_ADDRESSES, type ImageCase, type OriginalName } from './case.ts';

const CHOICES: Readonly<Record<OriginalName, ImageChoice>> = {
  'osixia-classic': 'osixia-keepalived-classic',
  'osixia-2026': 'osixia-keepalived-2026',
  arcts: 'arcts-keepalived',
};

export function setupOf({ env, argv = [], files = {} }: Omit<ImageCase, 'name'>): ContainerSetup {
  return {
    env,
    argv,
    files: {
      read: (path) => files[path],
      list: (folder) =>
        Object.keys(files)
          .filter((path) => path.startsWith(`${folder}/`))
          .sort(),
    },
    firstAddress: (name) => HOST_ADDRESSES[name],
  };
}

export function translateCase(original: OriginalName, one: ImageCase): Translation {
  return translate(setupOf(one), CHOICES[original]);
}

export interface Outcome {
  /** 1 where the container stops. */
  readonly status: number;
  readonly command: string;
  /** The file that the daemon reads. */
  readonly text: string;
}

export function outcomeOf(original: OriginalName, one: ImageCase): Outcome {
  const { diagnostics, command, configuration } = translateCase(original, one);
  const isFatal = diagnostics.some(({ severity }) => severity === 'fatal');
  const path = command[command.indexOf('-f') + 1] ?? '';
  const text = configuration?.text.replace(MARK, '') ?? one.files?.[path] ?? '';
  return { status: isFatal ? 1 : 0, command: command.join(' '), text };
}
