/** A host of the lab with the files of a plan, and what they need around them. */
import { join } from 'node:path';
import { executeOrThrow } from './execute.ts';
import type { Host } from './host.ts';
import type { Lab } from './lab.ts';
import { prepareProgram, projectRoot } from './programs.ts';
import type { ProxyPlan } from './scenario.ts';

/** Lays a folder over the host's /etc, of which no other host sees anything. */
export async function layOver(host: Host, etc: string): Promise<void> {
  const disk = '/run/lab-etc';
  const script = `set -e
mkdir -p ${disk}/upper ${disk}/work
mount -t overlay overlay /etc -o lowerdir=/etc,upperdir=${disk}/upper,workdir=${disk}/work
cp -R --preserve=mode '${etc}/.' /etc/`;
  const { status, stderr } = await host.run(script);
  if (status !== 0) throw new Error(`${host.name}: ${etc} cannot be laid over /etc: ${stderr}`);
}

/** As the plan's own files start it. */
export async function startProxy(host: Host, { file }: ProxyPlan): Promise<void> {
  await prepareProgram('holdfast');
  const program = join(projectRoot(), 'bin', 'holdfast');
  await host.spawn([program, 'haproxy', '-W', '-db', '-f', file], { name: 'haproxy' });
}

/** For the backends, as API servers have one. */
export async function makeCertificate(
  lab: Lab,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const path = (name: string): string => join(lab.network.directory, name);
  const [certificate, key] = [path('server.crt'), path('server.key')];
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2';
  const files = ['-subj', '/CN=lab', '-keyout', key, '-out', certificate];
  await executeOrThrow(['openssl', ...request.split(' '), ...files]);
  return { certificate, key };
}
