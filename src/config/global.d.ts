/**
 * `EnvironmentInput` without an import: an environment file is data, and needs nothing but
 * `export default { … } satisfies EnvironmentInput`.
 */
type EnvironmentInput = import('./environment').EnvironmentInput;
