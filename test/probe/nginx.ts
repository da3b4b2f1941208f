import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testPath } from '../../tools/sweep.ts';

export const BIG_BYTES = 5_000_000;

export interface NginxFiles {
  readonly folder: string;
  readonly config: string;
  /** Signed by the authority that the server at port 8444 asks for. */
  readonly client: {
    readonly certificateFile: string;
    readonly keyFile: string;
    readonly password: string;
  };
  remove(): void;
}

/** Files for nginx in the foreground: 8080 plain, 8443 TLS, 8444 TLS with certificates of clients. */
export function writeNginxFiles(): NginxFiles {
  const folder = testPath('nginx');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'html'), { recursive: true });
  writeFileSync(join(folder, 'html/index.html'), 'hello world');
  writeFileSync(join(folder, 'html/big'), Buffer.alloc(BIG_BYTES, 'holdfast '));
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  for (const name of ['server', 'client']) {
    const key = name === 'client' ? ['-passout', 'pass:opensesame'] : ['-nodes'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const files = ['-keyout', `${name}.key`, '-out', `${name}.crt`];
    openssl('req', '-x509', ...curve, ...key, ...files, '-subj', `/CN=${name}`, '-days', '2');
  }
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, configOf(folder));
  return {
    folder,
    config,
    client: {
      certificateFile: join(folder, 'client.crt'),
      keyFile: join(folder, 'client.key'),
      password: 'opensesame',
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function configOf(folder: string): string {
  return `
daemon off; master_process off; user root; pid ${folder}/pid;
error_log ${folder}/error.log; events { worker_connections 512; }
http {
  access_log off; root ${folder}/html; default_type text/plain;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate ${folder}/server.crt;
  ssl_certificate_key ${folder}/server.key;
  server {
    listen 8080; listen [::]:8080;
    location = /who { return 200 "$remote_addr $remote_port $http_host"; }
    location = /gone { return 410 "gone"; }
    location = /moved { return 302 /; }
    location = /cut { return 444; }
  }
  server { listen 8443 ssl; location = /name { return 200 "$ssl_server_name|$ssl_protocol"; } }
  server {
    listen 8444 ssl; ssl_client_certificate ${folder}/client.crt; ssl_verify_client on;
    location = /who { return 200 "$ssl_client_s_dn"; }
  }
}
`;
}
