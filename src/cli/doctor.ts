import { createRequire } from 'node:module';
import type { Command } from './command.ts';
import { LISTEN_SECONDS, readListenSeconds } from './doctor/listen-seconds.ts';
import { parseFlags } from './flags.ts';
import { sortRunFiles } from './run-files.ts';

const USAGE = `Usage: holdfast doctor [-f FILE]... [OPTION...]

Looks at this host, and says what will keep an address from being held, and the command that mends it:
kernel, settings, capabilities, firewall, network managers, the cloud, others that speak VRRP, the
clock, and what else runs. What depends on the configuration is judged by FILE, a keepalived.conf, and
the haproxy.cfg that is to run with it. Nothing is changed without --fix.

  -f, --config FILE   configuration (default /etc/keepalived/keepalived.conf, where it is there)
  -i, --config-id ID  for lines that begin with @ID (default: the host's short name)
      --listen SECONDS
                      how long to listen for others (default 3; 0: not at all)
      --fix           do what mends it, where that is ours to do: settings, modules, rules that let adverts
                      pass; then look again. What was before is kept in /var/lib/holdfast/doctor.json
      --undo          take back what --fix has done
      --strict        warnings count like errors
      --only CODE     only this check; may be repeated
      --ignore CODE   not this check; may be repeated
      --explain CODE  what a code means, and what mends it in general
      --json          one JSON object: findings, checked, notChecked, mended
  -h, --help          print this text

Exit status: 0 no error, 1 errors, or something could not be mended back, 2 the command line is wrong.
`;

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'say what on this host will keep an address from being held',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        config: { type: 'string', short: 'f', multiple: true },
        'config-id': { type: 'string', short: 'i' },
        listen: { type: 'string', default: LISTEN_SECONDS },
        fix: { type: 'boolean' },
        undo: { type: 'boolean' },
        strict: { type: 'boolean' },
        only: { type: 'string', multiple: true, default: [] },
        ignore: { type: 'string', multiple: true, default: [] },
        explain: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (!flags.ok) return refuse(flags.message);
    const { values } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    const doctor = loadDoctor();
    if (values.explain !== undefined) {
      const { ok, text } = doctor.explainCode(values.explain);
      if (!ok) return refuse(text);
      process.stdout.write(text);
      return 0;
    }
    const unknown = [...values.only, ...values.ignore].map((code) => doctor.explainCode(code));
    const wrong = unknown.find(({ ok }) => !ok);
    if (wrong !== undefined) return refuse(wrong.text);
    const seconds = readListenSeconds(values.listen);
    if (typeof seconds === 'string') return refuse(seconds);
    if (values.fix === true && values.undo === true)
      return refuse('--fix and --undo exclude each other');
    const files = sortRunFiles(values.config);
    if (!files.ok) return refuse(files.message);
    const { configFile, proxyFiles } = files;
    return doctor.runDoctor({
      configFile,
      ...(proxyFiles !== undefined && { proxyFiles }),
      ...(values['config-id'] !== undefined && { configId: values['config-id'] }),
      listenSeconds: seconds,
      only: values.only,
      ignore: values.ignore,
      action: values.fix === true ? 'fix' : values.undo === true ? 'undo' : 'look',
      format: values.json === true ? 'json' : 'text',
      strictness: values.strict === true ? 'warnings' : 'errors',
    });
  },
};

function refuse(message: string): number {
  process.stderr.write(`holdfast doctor: ${message}\n`);
  return 2;
}

type Doctor = typeof import('./doctor/main.ts').doctor;

/** A bundle of its own: the VRRP process has nothing of it in its memory. */
export function loadDoctor(): Doctor {
  const { doctor } = createRequire(import.meta.url)('./doctor.cjs') as { doctor: Doctor };
  return doctor;
}
