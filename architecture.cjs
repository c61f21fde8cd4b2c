/**
 * Which folder may import what: the one definition that ESLint (eslint.config.mjs) and the architecture test read.
 *
 * Targets are files of the repository without their ending, packages, or Node's modules without `node:`. A `*` at
 * the end stands for anything. `values` may be imported in every form, `types` only by `import type`. `files` adds
 * to the values of single files. `apart` lists files of which none may import another.
 */

const { builtinModules } = require('node:module');

/** @typedef {{ values: string[], types?: string[], files?: Record<string, string[]>, apart?: string[] }} Layer */

/** @type {Record<string, Layer>} */
const layers = {
  environments: { values: ['environments/_*'], types: ['src/config/*'] },
  'src/config': {
    values: ['src/config/*', 'zod'],
    files: { 'src/config/load': ['fs', 'path'], 'src/config/names': ['crypto'] },
  },
  'src/provisioning': {
    values: ['src/provisioning/*', 'fs', 'path', 'crypto'],
    types: ['src/config/*'],
    files: { 'src/provisioning/function-archive': ['esbuild', 'fflate', 'os', 'process'] },
  },
  'src/rendering': {
    values: ['src/rendering/*'],
    types: ['src/config/*', 'src/provisioning/*'],
    files: { 'src/rendering/toml': ['smol-toml'], 'src/rendering/gzip': ['fflate'] },
  },
  'src/policies': {
    values: ['src/policies/*'],
    types: ['src/config/*', 'src/provisioning/*'],
  },
  'src/functions': {
    values: ['src/functions/*', '@aws-sdk/*'],
    types: ['src/config/*'],
    files: { 'src/functions/scaling/scrape': ['http'], 'src/functions/machine-orphans/answer': ['zlib'] },
  },
  'src/constructs': {
    values: ['src/constructs/*', 'cdktf', 'constructs', '@cdktf/provider-aws/lib/*'],
    types: ['src/functions/*', 'src/policies/statement'],
  },
  'src/fleets': {
    values: ['src/fleets/*', 'src/rendering/*', 'src/policies/*', 'src/constructs/*', 'cdktf', 'constructs'],
    types: ['src/config/*', 'src/provisioning/*'],
    apart: [
      'src/fleets/autoscaling-group',
      'src/fleets/docker-machine',
      'src/fleets/docker-autoscaler',
      'src/fleets/fargate',
    ],
  },
  'src/stacks': {
    values: [
      'src/stacks/*',
      'src/fleets/*',
      'src/constructs/*',
      'src/rendering/*',
      'src/policies/*',
      'cdktf',
      'constructs',
      '@cdktf/provider-aws/lib/*',
    ],
    types: ['src/config/*', 'src/provisioning/*'],
  },
  main: { values: ['src/config/load', 'src/provisioning/*', 'src/stacks/*', 'cdktf', 'fs', 'path'] },
  scripts: {
    files: { 'scripts/emulate/guard-packer': ['tsx'], 'scripts/fleet/migrate/read': ['smol-toml'] },
    values: [
      'scripts/*',
      'src/config/*',
      'src/provisioning/*',
      'src/rendering/*',
      'src/policies/*',
      'src/functions/*',
      '@aws-sdk/*',
      'yargs',
      'yargs/*',
      ...builtinModules,
    ],
  },
};

/** @type {(target: string, patterns?: string[]) => boolean} */
const matches = (target, patterns = []) =>
  patterns.some((pattern) =>
    pattern.endsWith('*') ? target.startsWith(pattern.slice(0, -1)) : target === pattern,
  );

/** The layer of a file, by its path without ending; tests and benchmarks are in none. */
/** @type {(file: string) => string | undefined} */
const layerOf = (file) =>
  Object.keys(layers).find((name) => file === name || (file.startsWith(`${name}/`) && name !== 'main'));

/** @type {(file: string) => string} */
const withoutEnding = (file) => file.replace(/(\.d)?\.[cm]?[jt]s$/, '');

const providerRoot =
  'the package root takes 3 s and 500 MB to load: import @cdktf/provider-aws/lib/<resource>';

/** What a specifier names, seen from a file of the repository. */
/** @type {(file: string, specifier: string) => string} */
function targetOf(file, specifier) {
  if (!specifier.startsWith('.')) return specifier.replace(/^node:/, '');
  const parts = file.split('/').slice(0, -1);
  for (const part of withoutEnding(specifier).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Whether a fleet type is imported by another file of its folder: fleets are put together by the stack only. */
/** @type {(from: string, target: string, layer: Layer) => boolean} */
const joinsFleets = (from, target, { apart = [] }) => apart.includes(target) && target !== from;

/** Why a file may not import what it does, or nothing where it may. */
/** @type {(file: string, specifier: string, typeOnly: boolean) => string | undefined} */
function importProblem(file, specifier, typeOnly) {
  const from = withoutEnding(file);
  const target = targetOf(from, specifier);
  if (target === '@cdktf/provider-aws') return providerRoot;
  const name = layerOf(from);
  if (name === undefined) return undefined;
  const layer = layers[name];
  if (joinsFleets(from, target, layer)) return `no other file of ${name} may import ${target}, a fleet type`;
  if (matches(target, layer.values) || matches(target, layer.files?.[from])) return undefined;
  if (!matches(target, layer.types)) return `${name} may not import ${target} (architecture.cjs)`;
  return typeOnly ? undefined : `${name} may import only types of ${target}: use import type`;
}

module.exports = { layers, layerOf, targetOf, importProblem };
