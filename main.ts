import { App } from 'cdktf';
import { rmSync } from 'fs';
import { join } from 'path';
import { EnvironmentsError, environmentsFolder, loadEnvironments } from './src/config/load';
import { readProvisioning } from './src/provisioning/provisioning';
import { EnvironmentStack } from './src/stacks/environment-stack';
import { errorsOf } from './src/stacks/errors';

// CDKTF takes a stack trace for every token, and with tsx's source maps each costs more than the token.
process.setSourceMapsEnabled(false);

/** Turns every environment into Terraform JSON, or refuses all of them and leaves nothing that deploy would take. */
const app = new App({ stackTraces: false });
try {
  const environments = loadEnvironments(environmentsFolder(), __dirname);
  const provisioning = readProvisioning(__dirname);
  for (const environment of environments) new EnvironmentStack(app, environment, provisioning);
  const errors = errorsOf(app).map((error) => join(environmentsFolder(), error));
  if (errors.length > 0) throw new EnvironmentsError(errors);
  app.synth();
} catch (error) {
  for (const leftover of ['stacks', 'manifest.json'])
    rmSync(join(app.outdir, leftover), { recursive: true, force: true });
  if (!(error instanceof EnvironmentsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
