import { App, Testing } from 'cdktf';
import type { Construct } from 'constructs';
import { gunzipSync } from 'node:zlib';
import { parseEnvironment } from '../../src/config/parse';
import type { Statement } from '../../src/policies/statement';
import { readProvisioning } from '../../src/provisioning/provisioning';
import { EnvironmentStack } from '../../src/stacks/environment-stack';
import { parsed } from './environments';
import { REPOSITORY } from './folders';

/** Synthesized Terraform, taken apart. */

export type Block = Readonly<Record<string, unknown>>;

/** Terraform JSON: blocks by type and name. */
export interface Terraform {
  readonly terraform: Block;
  readonly provider: Readonly<Record<string, readonly Block[]>>;
  readonly resource: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly data: Readonly<Record<string, Readonly<Record<string, Block>>>>;
  readonly output: Readonly<Record<string, Block>>;
  readonly import?: readonly Block[];
}

/** The scripts and files of this repository, read once. */
export const provisioning = readProvisioning(REPOSITORY);

/** Terraform JSON, with every kind of block. */
export const parseTerraform = (json: string): Terraform => ({
  provider: {},
  resource: {},
  data: {},
  output: {},
  ...(JSON.parse(json) as Omit<Terraform, 'provider' | 'resource' | 'data' | 'output'>),
});

/** What constructs make. */
export const synthesizeScope = (make: (scope: Construct) => void): Terraform =>
  parseTerraform(Testing.synthScope((scope) => make(scope)));

/** The text that `cdktf synth` writes for an environment, without CDKTF's own comments. */
export const textOf = (input: unknown, name = 'dev', carried = provisioning): string =>
  Testing.synth(new EnvironmentStack(new App({ stackTraces: false }), parsed(input, name), carried));

/** The stack of an environment. */
export const synthesize = (input: unknown, name = 'dev'): Terraform => parseTerraform(textOf(input, name));

/** Whether an environment is refused. */
export const isRefused = (input: unknown): boolean =>
  parseEnvironment('dev', input, () => undefined).environment === undefined;

/** The blocks of a type; fails when there are none. */
export function blocksOf({ resource, data }: Terraform, type: string): Block[] {
  const found = Object.values(
    type.startsWith('data.') ? (data[type.slice(5)] ?? {}) : (resource[type] ?? {}),
  );
  if (found.length === 0) throw new Error(`there is no ${type}`);
  return found;
}

/** The only block of a type. */
export function blockOf(terraform: Terraform, type: string): Block {
  const found = blocksOf(terraform, type);
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`there are ${String(found.length)} of ${type}`);
  return found[0];
}

/** Every address, `type.name`, of resources and data sources; sorted. */
export const addressesOf = ({ resource, data }: Terraform): string[] =>
  [
    ...Object.entries(resource).flatMap(([type, blocks]) =>
      Object.keys(blocks).map((name) => `${type}.${name}`),
    ),
    ...Object.entries(data).flatMap(([type, blocks]) =>
      Object.keys(blocks).map((name) => `data.${type}.${name}`),
    ),
  ].sort();

/** Addresses that a value refers to, in expressions or in `depends_on`. */
export function referencesOf(value: unknown): string[] {
  const text = JSON.stringify(value);
  const found = [...text.matchAll(/(data\.)?\baws_[a-z0-9_]+\.[A-Za-z0-9_-]+/g)].map(([address]) => address);
  return [...new Set(found)];
}

/** The block at an address. */
export function blockAt({ resource, data }: Terraform, address: string): Block {
  const [type = '', name = ''] = address.replace(/^data\./, '').split('.');
  const found = (address.startsWith('data.') ? data : resource)[type]?.[name];
  if (found === undefined) throw new Error(`there is no ${address}`);
  return found;
}

/** Everything that a block needs, directly or not. */
export function needs(terraform: Terraform, address: string, seen = new Set<string>()): Set<string> {
  for (const next of referencesOf(blockAt(terraform, address))) {
    if (seen.has(next)) continue;
    seen.add(next);
    needs(terraform, next, seen);
  }
  return seen;
}

/** The only address of a type. */
export function addressOf(terraform: Terraform, type: string): string {
  const [found, ...more] = addressesOf(terraform).filter((address) => address.startsWith(`${type}.`));
  if (found === undefined || more.length > 0) throw new Error(`there is not one ${type}`);
  return found;
}

/** What each role of ours may do, by the name of the role. */
export function permissionsOf(terraform: Terraform): Record<string, readonly Statement[]> {
  return Object.fromEntries(
    blocksOf(terraform, 'aws_iam_role_policy').map(({ role, policy }) => {
      const [address = ''] = referencesOf(role);
      const { Statement: statements } = JSON.parse(String(policy)) as { Statement: Statement[] };
      return [String(blockAt(terraform, address).name), statements];
    }),
  );
}

/** What a stack carries compressed: user data, the files of managers. */
export const carriedBy = (terraform: Terraform): string[] =>
  [...JSON.stringify(terraform).matchAll(/H4sI[A-Za-z0-9+/]+=*/g)].map(([base64]) =>
    gunzipSync(Buffer.from(base64, 'base64')).toString('utf8'),
  );
