import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Which of these processes holds the local end of a TCP connection with this port; undefined when none does. Reads /proc, so Linux only.
 */
export function ownerOfPort(port: number, pids: readonly number[]): number | undefined {
  const socket = `socket:[${inodeOf(port)}]`;
  return pids.find((pid) => descriptorsOf(pid).includes(socket));
}

/** Fields of /proc/net/tcp: number, local address, remote address, state, …, the tenth is the socket's inode. Ports are hexadecimal. */
function inodeOf(port: number): string | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  return rows.find(([, local, , , , , , , , inode]) => local?.endsWith(wanted) && inode !== '0')?.[9];
}

function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`));
  } catch {
    // It has ended, or closed a descriptor meanwhile.
    return [];
  }
}
