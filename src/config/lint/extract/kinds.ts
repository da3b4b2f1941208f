/** What a text is, by what stands in it. */
import type { PieceKind } from '../types.ts';

const KEEPALIVED =
  /^[^\S\n]*(?:global_defs|vrrp_instance|vrrp_script|virtual_server|vrrp_sync_group)\b/m;
const SECTION = /^[^\S\n]*(?:global|defaults|frontend|backend|listen)\b[^:{]*$/m;
const PROXY_WORD = /^[^\S\n]*(?:bind|server|mode|timeout|default_backend|maxconn|daemon)\s/m;
const INVENTORY = /^[^\S\n]*\[[\w:.-]+\]\s*$/m;
const HOST_LINE = /^[^\S\n]*(?:[\w.-]+)(?:\s+\w+=\S+)+\s*$/m;
const SHELL =
  /<<-?\s*['"\\]?\w|^[^\S\n]*(?:[#$]\s*)?(?:sudo|docker|echo|cat|scp|sed|mkdir|modprobe|ssh-keygen)\s/m;
const YAML = /^[^\S\n]*(?:-\s+)?(?:apiVersion|image|kind):\s/m;

/** `name`: of the file, or what stands behind the fence of a block. */
export function kindOfText(text: string, name: string): PieceKind {
  if (/^\s*#!.*sh\b/.test(text)) return /<<|docker run/.test(text) ? 'shell' : 'script';
  if (/<<-?\s*['"\\]?\w|docker run/.test(text)) return 'shell';
  if (KEEPALIVED.test(text) && !YAML.test(text)) return 'keepalived';
  if (YAML.test(text)) return /^[^\S\n]*#?echo '/m.test(text) ? 'shell' : 'yaml';
  if (SECTION.test(text) && PROXY_WORD.test(text)) return 'haproxy';
  if (INVENTORY.test(text) && HOST_LINE.test(text)) return 'inventory';
  if (/\.(?:conf|conf\.j2)$/.test(name)) return 'keepalived';
  if (/\.(?:cfg|cfg\.j2)$/.test(name)) return 'haproxy';
  if (/\.sh(?:\.j2)?$/.test(name)) return 'script';
  return SHELL.test(text) ? 'shell' : 'other';
}
