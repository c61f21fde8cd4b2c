import type { Machine } from './look';

/** Names of machines in Docker Machine. */

/** Whether a name is one of these, which have `*` for any text. */
export const isOne = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(name);
  });

/**
 * Docker Machine calls a key pair as its machine, with a hyphen and five letters at the end; older drivers and forks
 * leave those out. Any other key pair says nothing about the machine.
 */
const namesByKeyPair = (keyName: string, keyPairs: readonly string[]): string[] =>
  isOne(keyPairs, keyName) ? [keyName, keyName.replace(/-[^-]*$/, '')] : [];

/**
 * All names by which a manager may know a machine, since one too many only keeps it: that of its tag, and those by its
 * key pair, which it has from its launch on. None where nobody can be asked for it.
 */
export const namesOf = ({ name, keyName }: Machine, keyPairs: readonly string[]): string[] => [
  ...(name === undefined ? [] : [name]),
  ...(keyName === undefined ? [] : namesByKeyPair(keyName, keyPairs)),
];
