import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../scripts/emulate/cache-folder';
import { findProviderMirror } from '../../scripts/emulate/provider-mirror';
import { preparePython } from '../../scripts/emulate/python';
import { terraformBinary } from '../../scripts/emulate/terraform-binary';
import { run } from '../../scripts/emulate/run';

/**
 * Called by `engines.ts` in a process of its own, since jest has to know before the first test what is
 * skipped: prints, for each engine that it is asked for, its path or why it is missing.
 */

const answers = async (command: string, argument: string): Promise<string> => {
  const { code, stderr } = await run(command, [argument]);
  if (code !== 0) {
    throw new Error(`${command} is not installed (${stderr.trim()}).`);
  }
  return command;
};

/** Terraform is of no use without the provider. */
const terraform = async (): Promise<string> => {
  const { path } = await terraformBinary();
  const fetched = join(cacheFolder(), 'terraform-providers', 'registry.terraform.io', 'hashicorp', 'aws');
  if (findProviderMirror() === undefined && !existsSync(fetched)) {
    const registry = 'https://registry.terraform.io/.well-known/terraform.json';
    await fetch(registry, { signal: AbortSignal.timeout(5000) }).catch(() => {
      throw new Error('The AWS provider is neither on this machine nor is the Terraform registry in reach.');
    });
  }
  return path;
};

const PROBES: Readonly<Record<string, () => Promise<string>>> = {
  terraform,
  moto: () => preparePython((message) => process.stderr.write(`${message}\n`)),
  packer: () => answers('packer', 'version'),
  shellcheck: () => answers('shellcheck', '--version'),
};

const probe = async (engine: string): Promise<readonly [string, object]> => {
  try {
    return [engine, { path: await PROBES[engine]?.() }];
  } catch (error) {
    return [engine, { missing: (error as Error).message }];
  }
};

void Promise.all(process.argv.slice(2).map(probe)).then((found) =>
  process.stdout.write(JSON.stringify(Object.fromEntries(found))),
);
