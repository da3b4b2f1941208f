/** What package managers show and need. */
export interface Description {
  readonly summary: string;
  readonly paragraphs: readonly string[];
  readonly maintainer: string;
  readonly license: string;
  readonly debian: Needs;
  readonly rpm: Needs;
}

interface Needs {
  readonly depends: readonly string[];
  readonly recommends: readonly string[];
  readonly suggests: readonly string[];
}

/** The libraries are what symbols of Node 24 ask for (GLIBC_2.28, CXXABI_1.3.11); on Debian bash is always there. */
export const DESCRIPTION: Description = {
  summary: 'holds a virtual IP on one healthy host of a group',
  paragraphs: [
    `A VRRP daemon that reads keepalived.conf and takes keepalived's place: on
the wire, on the command line and in the log. It also checks and balances
virtual servers, and carries connections as a haproxy.cfg says.`,
    `Installing starts nothing and replaces nothing: holdfast.service is there
to be enabled, and keepalived is a choice by update-alternatives. Node comes
with it.`,
  ],
  maintainer: 'The holdfast developers <developers@holdfast.invalid>',
  license: 'Apache-2.0 AND MIT',
  debian: {
    depends: ['libc6 (>= 2.28)', 'libgcc-s1', 'libstdc++6 (>= 7)'],
    recommends: ['iproute2', 'nftables'],
    suggests: ['keepalived'],
  },
  rpm: {
    depends: ['bash', 'glibc >= 2.28', 'libgcc', 'libstdc++ >= 7', '/usr/sbin/update-alternatives'],
    recommends: ['iproute', 'nftables'],
    suggests: ['keepalived'],
  },
};

/** Debian has the text of the licence itself. */
export const DEBIAN_COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: holdfast

Files: *
Copyright: The holdfast developers
License: Apache-2.0

Files: usr/lib/holdfast/bin/node
Copyright: Node.js contributors, and those that node-license names
License: Expat
Comment: The licences of Node and of what is in it are in
 /usr/share/doc/holdfast/node-license.

Files: usr/lib/holdfast/node_modules/*
Copyright: Niels Martignène
License: Expat
Comment: See /usr/lib/holdfast/node_modules/koffi/LICENSE.txt.

License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.

License: Expat
 The text is in the files that the comments name.
`;

/** In Debian's form, of which programs read version and time. */
export function debianChangelog(version: string, epochS: number): string {
  const date = new Date(epochS * 1000).toUTCString().replace('GMT', '+0000');
  return `holdfast (${version}) stable; urgency=medium

  * What has changed is in /usr/share/doc/holdfast/CHANGELOG.md.

 -- ${DESCRIPTION.maintainer}  ${date}
`;
}
