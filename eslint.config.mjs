import js from '@eslint/js';
import { relative, sep } from 'node:path';
import tseslint from 'typescript-eslint';
import architecture from './architecture.cjs';

/** Import direction by folder; the architecture test holds the same definition without ESLint. */
const imports = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const file = relative(import.meta.dirname, context.filename)
      .split(sep)
      .join('/');
    const check = (node, specifier, typeOnly) => {
      const message = architecture.importProblem(file, specifier, typeOnly);
      if (message !== undefined) context.report({ node, message });
    };
    const declaration = (node) => {
      const { source, specifiers = [], importKind, exportKind } = node;
      if (typeof source?.value !== 'string') return;
      const everyNameIsType =
        specifiers.length > 0 &&
        specifiers.every((one) => one.importKind === 'type' || one.exportKind === 'type');
      check(node, source.value, importKind === 'type' || exportKind === 'type' || everyNameIsType);
    };
    return {
      ImportDeclaration: declaration,
      ExportNamedDeclaration: declaration,
      ExportAllDeclaration: declaration,
      ImportExpression: declaration,
      TSImportType: ({ argument }) => check(argument, argument.literal?.value ?? argument.value, true),
      TSExternalModuleReference: ({ expression }) => check(expression, expression.value, false),
    };
  },
};

/** A default export has no name to search for; only what is loaded by its file needs one. */
const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: only environments and tool configurations have a default export.',
};

/** Habit 5: compose, attach, concatenate; never extend. */
const noInheritance = [
  {
    selector: 'ClassDeclaration[superClass]:not([superClass.name=/^(Construct|TerraformStack|Error)$/])',
    message: 'Classes extend only Construct and TerraformStack (and Error): compose instead.',
  },
  { selector: 'ClassDeclaration[abstract=true]', message: 'No abstract classes: compose instead.' },
  { selector: '[accessibility="protected"]', message: 'No protected members: compose instead.' },
];

export default tseslint.config(
  { ignores: ['cdktf.out/', 'packer.out/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { architecture: { rules: { imports } } },
    rules: {
      'architecture/imports': 'error',
      'no-restricted-syntax': ['error', noDefaultExport, ...noInheritance],
      'no-console': 'error',
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 5],
      'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', 50],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // A number in a message reads as itself; undefined and objects do not, and stay refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => resolve()` says nothing that `() => { resolve(); }` doesn't.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/{provisioning,rendering,policies,constructs,fleets,stacks}/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Pure: what it needs is handed to it.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Two synths of one commit are byte-identical.' },
        { object: 'Math', property: 'random', message: 'Two synths of one commit are byte-identical.' },
      ],
    },
  },
  {
    files: ['environments/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...noInheritance] },
  },
  {
    files: ['main.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // A describe block is one function; a table of cases is long and flat.
    files: ['__tests__/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-lines': ['error', 600], 'no-console': 'off' },
  },
  {
    // A type that environments have without an import: only an import in place makes it global.
    files: ['src/config/global.d.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.{js,cjs}'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', process: 'readonly' },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
