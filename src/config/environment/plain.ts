/** Images without variables of their own: a mounted file, and the program's options. */
import { Notes } from './notes.ts';
import type { ContainerSetup, ImageName, Translation } from './setup.ts';

interface Plain {
  readonly program: string;
  /** What runs where nothing is said. */
  readonly preset: readonly string[];
  /** What the old image's entry puts before the options. */
  readonly always: readonly string[];
  /** Where the file lies that must be mounted; absent where there is none. */
  readonly config?: string;
}

const PLAIN = {
  keepalived: {
    program: 'keepalived',
    preset: ['-n', '-d', '-D', '-f', '/etc/keepalived/keepalived.conf', '--log-console'],
    always: [],
    config: '/etc/keepalived/keepalived.conf',
  },
  haproxy: {
    program: 'haproxy',
    preset: ['-f', '/usr/local/etc/haproxy/haproxy.cfg'],
    always: ['-W', '-db'],
    config: '/usr/local/etc/haproxy/haproxy.cfg',
  },
  holdfast: {
    program: 'holdfast',
    preset: ['run', '-f', '/etc/keepalived/keepalived.conf'],
    always: [],
    config: '/etc/keepalived/keepalived.conf',
  },
  'kube-keepalived-vip': {
    program: 'kube-keepalived-vip',
    preset: [],
    always: [],
  },
} as const satisfies Record<string, Plain>;
export type PlainName = keyof typeof PLAIN & ImageName;

/** Options are the program's; another word is a command of its own. */
export function translatePlain({ argv, files }: ContainerSetup, image: PlainName): Translation {
  const { program, preset, always, config }: Plain = PLAIN[image];
  const [first, ...rest] = argv;
  const notes = new Notes();
  const isProgram = first !== undefined && (first === program || first.endsWith(`/${program}`));
  const isOwn = first === undefined || isProgram || first.startsWith('-');
  const isHoldfast = image === 'holdfast';
  if (!isOwn && !isHoldfast) return outcome(image, argv, notes);
  const options = isProgram ? rest : argv;
  const given = options.length > 0 ? options : preset;
  if (given === preset && config !== undefined && files.read(config) === undefined) {
    notes.add({
      code: 'image-config-missing',
      about: config,
      message: 'there is no such file in the container',
      hint: `mount it: -v FILE:${config}:ro`,
    });
  }
  return outcome(image, [program, ...always, ...given], notes);
}

function outcome(image: ImageName, command: readonly string[], notes: Notes): Translation {
  return { image, command, uses: [], scripts: [], diagnostics: notes.all };
}
