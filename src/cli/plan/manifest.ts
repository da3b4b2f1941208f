/** `holdfast manifest control-plane`: options to the static pod. */
import { stringify } from 'yaml';
import { Secret } from '../../base/secret.ts';
import { readCluster } from '../../config/cluster/index.ts';
import { controlPlanePod } from '../../plan/control-plane/pod.ts';
import type { ControlPlane, Identity, Sysctl } from '../../plan/control-plane/settings.ts';
import { deriveSite } from '../../plan/site.ts';
import { keepSecrets } from './secrets.ts';

export interface ManifestArguments {
  readonly name: string;
  readonly vips: readonly string[];
  readonly interface: string | undefined;
  /** `NAME=ADDRESS`, the preferred one first. */
  readonly masters: readonly string[];
  readonly port: string;
  /** Where the proxy listens; absent: there is none. */
  readonly balance: string | undefined;
  readonly vrid: string | undefined;
  readonly advertInterval: string | undefined;
  readonly tokenFile: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly authority: string | undefined;
  /** A file as `plan` keeps it; absent: no key is shared. */
  readonly secrets: string | undefined;
  readonly images: {
    readonly keepalived: string | undefined;
    readonly haproxy: string | undefined;
  };
  /** `NAME=VALUE`. */
  readonly sysctls: readonly string[];
}

/** Where the proxy would be if there were one: no port of an API server. */
const UNUSED_PORTS = ['6444', '6445'];
/** Without signs that a shell or a configuration would need quotes for. */
const FILE = /^(?:\/[\w.@+-]+)+$/;
const SYSCTL = /^([a-z][\w./-]*)=([\w.-]+)$/;

export function printControlPlane(options: ManifestArguments): number {
  const settings = readSettings(options);
  if (typeof settings === 'string') return fail(settings);
  const { cluster, diagnostics } = readCluster('options', documentOf(options));
  for (const { message, hint } of diagnostics) {
    const suffix = hint === undefined ? '' : ` (${hint})`;
    process.stderr.write(`holdfast manifest: ${message}${suffix}\n`);
  }
  if (cluster === undefined) return 1;
  const kept = options.secrets === undefined ? undefined : keepSecrets(options.secrets);
  if (kept !== undefined && !kept.ok) return fail(kept.reason);
  const none = { authPass: new Secret(''), peerKey: new Secret('') };
  const plane: ControlPlane = {
    ...settings,
    site: deriveSite(cluster, kept?.value ?? none),
    peerKey: kept === undefined ? 'none' : 'shared',
    balancing: options.balance === undefined ? 'none' : 'proxy',
  };
  process.stdout.write(controlPlanePod(plane));
  return 0;
}

function readSettings(
  options: ManifestArguments,
): Pick<ControlPlane, 'identity' | 'authority' | 'sysctls'> | string {
  const { certificate, key, tokenFile, authority } = options;
  if ((certificate === undefined) !== (key === undefined)) {
    return '--client-cert and --client-key belong together';
  }
  if (tokenFile !== undefined && certificate !== undefined) {
    return '--token-file and --client-cert exclude each other';
  }
  for (const file of [certificate, key, tokenFile, authority]) {
    if (file !== undefined && !FILE.test(file)) {
      return `${file} is no absolute path of letters, digits and . _ - @ +`;
    }
  }
  const sysctls: Sysctl[] = [];
  for (const text of options.sysctls) {
    const [, name, value] = SYSCTL.exec(text) ?? [];
    if (name === undefined || value === undefined) return `--sysctl ${text}: write NAME=VALUE`;
    sysctls.push({ name, value });
  }
  const identity: Identity =
    tokenFile !== undefined
      ? { kind: 'token', file: tokenFile }
      : certificate !== undefined && key !== undefined
        ? { kind: 'certificate', certificate, key }
        : { kind: 'anonymous' };
  return { identity, sysctls, ...(authority !== undefined && { authority }) };
}

/** The same judge as for a plan. */
function documentOf(options: ManifestArguments): string {
  const { name, vips, port, vrid, advertInterval, images } = options;
  const number = (text: string | undefined): string | number | undefined =>
    text !== undefined && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
  return stringify({
    cluster: name,
    purpose: 'kubernetes',
    vip: vips,
    interface: options.interface,
    frontPort: number(options.balance ?? UNUSED_PORTS.find((each) => each !== port)),
    backPort: number(port),
    vrid: number(vrid),
    advertInterval: number(advertInterval),
    images: images.keepalived === undefined && images.haproxy === undefined ? undefined : images,
    hosts: options.masters.map((text) => {
      const [master, ...rest] = text.split('=');
      return { name: master, address: rest.join('=') };
    }),
  });
}

function fail(message: string): number {
  process.stderr.write(`holdfast manifest: ${message}\n`);
  return 1;
}
