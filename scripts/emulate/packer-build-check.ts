import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Called by the `packer` that `guard-packer.ts` writes, with Packer's arguments: exits with 1 and one sentence
 * where a build would leave loopback. The emulated AWS invents public addresses for instances, and Packer
 * would connect to them.
 */

/** A JSON object of a template, of any shape. */
type Block = Readonly<Record<string, unknown>>;

const LOOPBACK_ENDPOINT = /^https?:\/\/127\.0\.0\.1(:\d+)?(\/|$)/;

const REFUSAL =
  "packer build is refused on the emulated AWS, since it would connect to addresses that are not this machine's";

const isBlock = (value: unknown): value is Block =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Blocks may be written one by one or as arrays of them. */
const blocks = (value: unknown): Block[] =>
  Array.isArray(value) ? value.flatMap(blocks) : isBlock(value) ? [value] : [];

/** The bodies of `source.<type>.<name>` or `data.<type>.<name>`. */
const bodies = (template: Block, kind: 'source' | 'data'): Block[] =>
  blocks(template[kind])
    .flatMap((types) => Object.values(types).flatMap(blocks))
    .flatMap((names) => Object.values(names).flatMap(blocks));

const staysOnLoopback = (body: Block): boolean => LOOPBACK_ENDPOINT.test(String(body['custom_endpoint_ec2']));

const templateFiles = (target: string): string[] =>
  statSync(target).isDirectory()
    ? readdirSync(target)
        .filter((name) => /\.pkr\.(json|hcl)$/.test(name))
        .map((name) => join(target, name))
    : [target];

/** Why these templates may not be built; undefined when they may. */
const refusal = (files: readonly string[]): string | undefined => {
  if (files.some((file) => !file.endsWith('.pkr.json'))) {
    return 'only *.pkr.json templates can be checked';
  }
  const templates = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Block);
  const sources = templates.flatMap((template) => bodies(template, 'source'));
  if (sources.length === 0) {
    return 'it has no source';
  }
  if (sources.some((source) => source['communicator'] !== 'none')) {
    return 'every source needs communicator "none"';
  }
  const all = [...sources, ...templates.flatMap((template) => bodies(template, 'data'))];
  return all.every(staysOnLoopback)
    ? undefined
    : 'every source and data block needs a custom_endpoint_ec2 on 127.0.0.1';
};

const refusalOf = (target: string): string | undefined => {
  try {
    return refusal(templateFiles(target));
  } catch (error) {
    return `${target} cannot be read (${(error as Error).message})`;
  }
};

const reason = refusalOf(process.argv.at(-1) ?? '');
if (reason !== undefined) {
  process.stderr.write(`${REFUSAL}: ${reason}.\n`);
  process.exitCode = 1;
}
