import { spawnSync } from 'child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'fs';
import { join } from 'path';
import * as ts from 'typescript';

/** The definition that ESLint reads too; plain JavaScript, so that ESLint needs no compiler for it. */
const architecture = jest.requireActual<{
  layers: Record<string, { values: string[]; types?: string[] }>;
  layerOf: (file: string) => string | undefined;
  targetOf: (file: string, specifier: string) => string;
  importProblem: (file: string, specifier: string, typeOnly: boolean) => string | undefined;
}>('../architecture.cjs');

/** Files by path, with their text. */
type Sources = Readonly<Record<string, string>>;

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const repository = join(__dirname, '..');
const isType = (node: { readonly isTypeOnly: boolean }): boolean => node.isTypeOnly;
const text = (node: ts.Node | undefined): string | undefined =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;

function importClauseIsType({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  return (
    name === undefined &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.length > 0 &&
    namedBindings.elements.every(isType)
  );
}

function exportIsType({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  return (
    isTypeOnly ||
    (exportClause !== undefined &&
      ts.isNamedExports(exportClause) &&
      exportClause.elements.length > 0 &&
      exportClause.elements.every(isType))
  );
}

/** The specifier that a call loads: `import('x')`, `require('x')`, `require.resolve('x')`. */
function loadedBy({ expression, arguments: [argument] }: ts.CallExpression): string | undefined {
  const loads =
    expression.kind === ts.SyntaxKind.ImportKeyword || /^require(\.resolve)?$/.test(expression.getText());
  return loads ? text(argument) : undefined;
}

function importOf(node: ts.Node): [string | undefined, boolean] {
  if (ts.isImportDeclaration(node)) return [text(node.moduleSpecifier), importClauseIsType(node)];
  if (ts.isExportDeclaration(node)) return [text(node.moduleSpecifier), exportIsType(node)];
  if (ts.isImportTypeNode(node))
    return [ts.isLiteralTypeNode(node.argument) ? text(node.argument.literal) : undefined, true];
  if (ts.isExternalModuleReference(node)) return [text(node.expression), false];
  return ts.isCallExpression(node) ? [loadedBy(node), false] : [undefined, false];
}

const parse = (file: string, source: string): ts.SourceFile =>
  ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);

function importsOf(file: string, source: string): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const [specifier, typeOnly] = importOf(node);
    if (specifier !== undefined) found.push({ specifier, typeOnly });
    node.forEachChild(visit);
  };
  visit(parse(file, source));
  return found;
}

const problemsOf = (sources: Sources): string[] =>
  Object.entries(sources).flatMap(([file, source]) =>
    importsOf(file, source).flatMap(({ specifier, typeOnly }) => {
      const problem = architecture.importProblem(file, specifier, typeOnly);
      return problem === undefined ? [] : [`${file}: ${problem}`];
    }),
  );

/** Import cycles, types included: a file is read to be understood, not only to be run. */
function cyclesOf(sources: Sources): string[] {
  const graph = new Map(
    Object.entries(sources).map(([file, source]) => {
      const from = file.replace(/\.ts$/, '');
      const targets = importsOf(file, source).map(({ specifier }) => architecture.targetOf(from, specifier));
      return [from, targets] as const;
    }),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (path.includes(file) || done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

/** Files that use `process`, by the identifier and not by the text: comments may speak of it. */
function processUsersOf(sources: Sources): string[] {
  const uses = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && node.text === 'process') || (ts.forEachChild(node, uses) ?? false);
  return Object.entries(sources).flatMap(([file, source]) => (uses(parse(file, source)) ? [file] : []));
}

function filesUnder(path: string): string[] {
  if (!existsSync(join(repository, path))) return [];
  if (!statSync(join(repository, path)).isDirectory()) return path.endsWith('.ts') ? [path] : [];
  return readdirSync(join(repository, path)).flatMap((name) => filesUnder(`${path}/${name}`));
}

const read = (...paths: string[]): Sources =>
  Object.fromEntries(
    paths.flatMap(filesUnder).map((file) => [file, readFileSync(join(repository, file), 'utf8')]),
  );

describe('the product', () => {
  const sources = read('main.ts', 'src', 'scripts', 'environments');

  test('is found: files of every layer that exists', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(50);
    expect(Object.values(sources).join('')).toContain("from 'cdktf'");
    for (const layer of ['environments', 'src/config', 'src/rendering', 'src/stacks', 'main'])
      expect(Object.keys(sources).filter((file) => file.startsWith(layer))).not.toEqual([]);
  });

  test('has no file under src that no rule holds for', () => {
    expect(
      Object.keys(sources).filter((file) => architecture.layerOf(file.replace(/\.ts$/, '')) === undefined),
    ).toEqual([]);
  });

  test('imports only in the directions of the table', () => {
    expect(problemsOf(sources)).toEqual([]);
  });

  test('has no import cycle, of values or of types', () => {
    expect(cyclesOf(sources)).toEqual([]);
  });

  test('has no barrel: nothing is called index.ts', () => {
    expect(Object.keys(sources).filter((file) => /(^|\/)index\.ts$/.test(file))).toEqual([]);
  });

  test('renders text and permissions without looking at the process', () => {
    expect(processUsersOf(read('src/rendering', 'src/policies'))).toEqual([]);
  });

  test('never loads all of the AWS provider, nor do its tests and benchmarks', () => {
    const all = { ...sources, ...read('__tests__', 'bench') };
    expect(problemsOf(all).filter((problem) => problem.includes('package root'))).toEqual([]);
  });
});

/** What a process has loaded once a module was required with these arguments. */
function loadedWith(modules: readonly string[], ...args: string[]): string[] {
  const code = `
    process.on('exit', () => process.stdout.write('\\n@' + JSON.stringify(Object.keys(require.cache))));
    for (const module of ${JSON.stringify(modules)}) require(module);`;
  const node = ['--require', 'tsx/cjs', '-e', code, 'command', ...args];
  const { stdout, stderr } = spawnSync(process.execPath, node, { cwd: repository, encoding: 'utf8' });
  const [, list] = /\n@(\[.*\])$/.exec(stdout) ?? [];
  if (list === undefined) throw new Error(`${modules.join(', ')} could not be loaded: ${stderr}`);
  return JSON.parse(list) as string[];
}

const isCdktf = (path: string): boolean => /node_modules\/(cdktf|constructs|@cdktf)\//.test(path);

describe('a command line', () => {
  const files = filesUnder('scripts').map((file) => join(repository, file));

  test('loads no CDKTF at run time, in any of its files', () => {
    const loaded = loadedWith(files, '--help');
    expect(loaded).toEqual(expect.arrayContaining([...files, join(repository, 'src/config/load.ts')]));
    expect(loaded.filter(isCdktf)).toEqual([]);
  }, 60_000);

  test('would be caught at it', () => {
    const loaded = loadedWith([join(repository, 'src/stacks/backend.ts')]);
    expect(loaded.filter(isCdktf)).not.toEqual([]);
  }, 60_000);
});

describe('the checker', () => {
  test.each([
    ['src/config/a.ts', "import { App } from 'cdktf';"],
    ['src/config/a.ts', "import { readFileSync } from 'fs';"],
    ['src/config/a.ts', "import { renderToml } from '../rendering/toml';"],
    ['src/config/a.ts', "import type { TomlValue } from '../rendering/toml';"],
    ['src/provisioning/a.ts', "import { environment } from '../config/environment';"],
    ['src/rendering/a.ts', "import { readFile } from 'node:fs';"],
    ['src/rendering/a.ts', "import { stringify } from 'smol-toml';"],
    ['src/rendering/a.ts', "import { redact } from '../config/tokens';"],
    ['src/rendering/a.ts', "import { type Warning, redact } from '../config/tokens';"],
    ['src/rendering/a.ts', "export { redact } from '../config/tokens';"],
    ['src/rendering/a.ts', "export * from '../config/tokens';"],
    ['src/rendering/a.ts', "import '../config/tokens';"],
    ['src/rendering/a.ts', "import tokens = require('../config/tokens');"],
    ['src/rendering/a.ts', "const tokens = require('../config/tokens');"],
    ['src/rendering/a.ts', "const tokens = await import('../config/tokens');"],
    ['src/policies/a.ts', "import { Construct } from 'constructs';"],
    ['src/functions/a.ts', "import { App } from 'cdktf';"],
    ['src/constructs/a.ts', "import type { Environment } from '../config/model';"],
    ['src/constructs/a.ts', "import { MachineFleet } from '../fleets/autoscaling-group';"],
    ['src/constructs/a.ts', "import { policyDocument } from '../policies/statement';"],
    ['src/constructs/a.ts', "import { IamRole } from '@cdktf/provider-aws';"],
    ['src/fleets/fargate.ts', "import { AutoscalingGroupRunners } from './autoscaling-group';"],
    ['src/fleets/shared.ts', "import type { AutoscalingGroupRunners } from './autoscaling-group';"],
    ['src/fleets/a.ts', "import { z } from 'zod';"],
    ['src/stacks/a.ts', "import { parseEnvironment } from '../config/parse';"],
    ['main.ts', "import { parseEnvironment } from './src/config/parse';"],
    ['scripts/a.ts', "import { App } from 'cdktf';"],
    ['scripts/a.ts', "import { Toolkit } from '../src/stacks/backend';"],
    ['scripts/emulate/a.ts', "import { backend } from '../../src/stacks/backend';"],
    ['environments/prod.ts', "import { network } from './dev';"],
    ['environments/prod.ts', "import { name } from '../src/config/primitives';"],
    ['environments/examples/a.ts', "import { readFileSync } from 'fs';"],
    ['__tests__/a.test.ts', "import { iamRole } from '@cdktf/provider-aws';"],
  ])('refuses, in %s, %s', (file, source) => {
    expect(problemsOf({ [file]: source })).toEqual([expect.stringContaining(`${file}: `)]);
  });

  test.each([
    ['src/config/a.ts', "import { z } from 'zod';\nimport { name } from './primitives';"],
    ['src/config/load.ts', "import { readdirSync } from 'fs';"],
    ['src/rendering/a.ts', "import type { Environment } from '../config/model';"],
    ['src/rendering/a.ts', "import { type Environment } from '../config/model';"],
    ['src/rendering/a.ts', "type Environment = import('../config/model').Environment;"],
    ['src/rendering/toml.ts', "import { stringify } from 'smol-toml';"],
    ['src/constructs/a.ts', "import type { Statement } from '../policies/statement';"],
    ['src/constructs/a.ts', "import { IamRole } from '@cdktf/provider-aws/lib/iam-role';"],
    ['src/fleets/fargate.ts', "import { Shared } from './shared';"],
    ['scripts/emulate/a.ts', "import { spawn } from 'node:child_process';\nimport { b } from '../b';"],
    ['environments/prod.ts', "import { network } from './_network';"],
    ['src/rendering/a.ts', "// import { App } from 'cdktf';\nconst text = \"import 'fs'\";"],
  ])('takes, in %s, %s', (file, source) => {
    expect(problemsOf({ [file]: source })).toEqual([]);
  });

  test('finds a cycle of three files, and names it', () => {
    const sources = {
      'src/config/a.ts': "import { b } from './b';",
      'src/config/b.ts': "import { c } from '../rendering/c';",
      'src/rendering/c.ts': "import type { A } from '../config/a';",
      'src/rendering/d.ts': "import { c } from './c';",
    };
    expect(cyclesOf(sources)).toEqual(['src/config/a -> src/config/b -> src/rendering/c -> src/config/a']);
  });

  test('takes a diamond for no cycle', () => {
    const sources = {
      'src/config/a.ts': "import { b } from './b';\nimport { c } from './c';",
      'src/config/b.ts': "import { d } from './d';",
      'src/config/c.ts': "import { d } from './d';",
      'src/config/d.ts': '',
    };
    expect(cyclesOf(sources)).toEqual([]);
  });

  test('finds a use of process, and no mention of it', () => {
    const sources = {
      'a.ts': 'const home = process.env.HOME;',
      'b.ts': "// process.env\nconst text = 'process';",
    };
    expect(processUsersOf(sources)).toEqual(['a.ts']);
  });
});
